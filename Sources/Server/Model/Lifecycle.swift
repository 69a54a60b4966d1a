internal import Synchronization

/// From the loading of the model to the end: what the server may do now.
final class Lifecycle: Sendable {
  enum Phase: Sendable {
    case loading
    case ready(ServedModel)
    /// No new work is taken.
    case stopping(ServedModel?)
  }

  private struct State {
    var phase = Phase.loading
    /// Requests that are not answered whole.
    var exchanges = 0
    /// Whether texts were ended before their ends.
    var wasCut = false
    /// Whether nobody waits for answers any more.
    var isGivenUp = false
    /// What is to be ended where it takes too long.
    var running: [Int: @Sendable (any Error) -> Void] = [:]
    var nextRunning = 0
    /// Whoever waits for the stop, or for the last answer.
    var waiting: [(until: @Sendable (Bool, Int) -> Bool, CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())

  var phase: Phase { state.withLock { $0.phase } }

  /// The model.
  ///
  /// - Throws: ``Refusal`` where there is none, or no new work is taken.
  func model() throws(Refusal) -> ServedModel {
    switch phase {
    case .loading: throw .loading
    case .ready(let model): return model
    case .stopping: throw .stopping
    }
  }

  /// The model, whether or not it may be used.
  var loadedModel: ServedModel? {
    switch phase {
    case .loading: nil
    case .ready(let model): model
    case .stopping(let model): model
    }
  }

  /// Takes the model, unless the server is to end; returns whether it was taken.
  func becomeReady(_ model: ServedModel) -> Bool {
    var isTaken = false
    change { state in
      guard case .loading = state.phase else { return }
      (state.phase, isTaken) = (.ready(model), true)
    }
    return isTaken
  }

  /// Takes no new work.
  func stop() {
    change { state in
      switch state.phase {
      case .loading: state.phase = .stopping(nil)
      case .ready(let model): state.phase = .stopping(model)
      case .stopping: break
      }
    }
  }

  // MARK: Requests

  func begin() { change { $0.exchanges += 1 } }
  func end() { change { $0.exchanges -= 1 } }

  /// Remembers how to end something that runs; returns what forgets it.
  func register(_ end: @escaping @Sendable (any Error) -> Void) -> Int {
    state.withLock { state in
      state.nextRunning += 1
      state.running[state.nextRunning] = end
      return state.nextRunning
    }
  }

  func forget(_ number: Int) { _ = state.withLock { $0.running.removeValue(forKey: number) } }

  /// Ends all that runs.
  func endAll(_ error: any Error) {
    let ends = state.withLock { state in
      state.wasCut = state.wasCut || !state.running.isEmpty
      return Array(state.running.values)
    }
    for end in ends { end(error) }
  }

  /// Waits for answers no longer.
  func giveUp() { change { $0.isGivenUp = true } }

  /// Whether texts were ended before their ends.
  var wasCut: Bool { state.withLock { $0.wasCut } }

  // MARK: Waiting

  /// Waits until the server is told to stop.
  func waitForStop() async { await wait { isStopping, _ in isStopping } }

  /// Waits until no request is without its answer.
  func waitForAnswers() async { await wait { _, exchanges in exchanges == 0 } }

  private func wait(until condition: @escaping @Sendable (_ isStopping: Bool, _ exchanges: Int) -> Bool) async {
    await withCheckedContinuation { continuation in
      change { $0.waiting.append((condition, continuation)) }
    }
  }

  private func change(_ body: (inout State) -> Void) {
    let ready: [CheckedContinuation<Void, Never>] = state.withLock { state in
      body(&state)
      var isStopping = false
      if case .stopping = state.phase { isStopping = true }
      let exchanges = state.isGivenUp ? 0 : state.exchanges
      let ready = state.waiting.filter { $0.until(isStopping, exchanges) }.map { $0.1 }
      if !ready.isEmpty { state.waiting.removeAll { $0.until(isStopping, exchanges) } }
      return ready
    }
    for continuation in ready { continuation.resume() }
  }
}
