internal import Synchronization

/// Asks a job, from any thread, to end after the step in flight.
package final class Interruption: Sendable {
  private let number = Atomic<Int32>(0)
  private let action = Mutex<(@Sendable () -> Void)?>(nil)

  /// Nothing asked yet.
  package init() {}

  /// The signal that asked, where one did.
  package var signal: Int32? {
    let number = number.load(ordering: .acquiring)
    return number == 0 ? nil : number
  }

  /// Asks because of a signal; false where no job has begun that would heed it.
  package func raise(_ signal: Int32) -> Bool {
    number.store(signal, ordering: .releasing)
    guard let action = action.withLock({ $0 }) else { return false }
    action()
    return true
  }

  /// Sets what wakes the job where it waits.
  func onRaise(_ action: @escaping @Sendable () -> Void) {
    self.action.withLock { $0 = action }
    if signal != nil { action() }
  }

  func check() throws(JobInterrupted) {
    if let signal { throw JobInterrupted(signal: signal) }
  }
}
