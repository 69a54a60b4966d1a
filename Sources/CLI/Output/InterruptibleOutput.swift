internal import Dispatch
internal import Synchronization
internal import System

/// What a command has to print so far. Its work adds to that, and a signal ends the program with what there is, from
/// another thread, since the device may take its time.
final class InterruptibleOutput<State: Sendable>: Sendable {
  private struct Guarded {
    var state: State
    /// Whether everything is printed.
    var isOver = false
  }

  private let guarded: Mutex<Guarded>

  init(_ state: State) {
    guarded = Mutex(Guarded(state: state))
  }

  /// Adds to what there is, and prints what can be printed now.
  func update<Failure>(_ body: (inout State) throws(Failure) -> Void) throws(Failure) {
    try guarded.withLock { (guarded) throws(Failure) in try body(&guarded.state) }
  }

  /// Prints what is left; a signal that comes later changes nothing.
  func finish<Failure>(_ body: (inout State) throws(Failure) -> Void) throws(Failure) {
    try guarded.withLock { (guarded) throws(Failure) in
      try body(&guarded.state)
      guarded.isOver = true
    }
  }

  /// Prints what there is, and ends the program as the signal asks.
  func end(bySignal signal: Int32, printing body: @escaping @Sendable (inout State) -> Void) {
    DispatchQueue(label: "gpt2-gpu.end").async { [self] in
      guarded.withLock { guarded in
        if guarded.isOver { _exit(0) }
        body(&guarded.state)
        _exit(Signals.status(of: signal))
      }
    }
  }
}
