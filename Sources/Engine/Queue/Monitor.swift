package import Dispatch
internal import Synchronization

/// State behind a lock, on which threads may wait for a change (Hoare, "Monitors", 1974).
package final class Monitor<State: Sendable>: Sendable {
  fileprivate struct Guarded {
    var state: State
    /// One for each thread that waits.
    var waiting: [DispatchSemaphore] = []
  }

  private let guarded: Mutex<Guarded>

  /// Guards a state.
  package init(_ state: State) { guarded = Mutex(Guarded(state: state)) }

  /// Changes the state; all who wait then look at it again.
  package func withLock<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
    let (result, waiting) = guarded.withLock { guarded in
      (body(&guarded.state), guarded.removeWaiting())
    }
    for semaphore in waiting { semaphore.signal() }
    return result
  }

  /// Reads the state.
  package func read<Result: Sendable>(_ body: (State) -> Result) -> Result { guarded.withLock { body($0.state) } }

  /// Waits until `body` has a result; nil where the time is up before.
  ///
  /// - Parameter body: Called now and after each change; changes the state only where it has a result.
  package func wait<Result: Sendable>(
    until deadline: DispatchTime = .distantFuture, _ body: (inout State) -> Result?
  ) -> Result? {
    while true {
      let semaphore = DispatchSemaphore(value: 0)
      let (result, waiting): (Result?, [DispatchSemaphore]) = guarded.withLock { guarded in
        if let result = body(&guarded.state) { return (result, guarded.removeWaiting()) }
        guarded.waiting.append(semaphore)
        return (nil, [])
      }
      if let result {
        for semaphore in waiting { semaphore.signal() }
        return result
      }
      if semaphore.wait(timeout: deadline) == .timedOut {
        guarded.withLock { guarded in guarded.waiting.removeAll { $0 === semaphore } }
        return nil
      }
    }
  }
}

extension Monitor.Guarded {
  fileprivate mutating func removeWaiting() -> [DispatchSemaphore] {
    defer { waiting = [] }
    return waiting
  }
}
