import Synchronization

/// An interrupt that a command wants to hear of, rather than be ended by.
final class Interrupt: Sendable {
  private let number = Atomic<Int32>(0)

  /// The signal that came; 0 where none did.
  var signal: Int32 { number.load(ordering: .relaxed) }

  /// Takes the first signal; a second one ends the program at once.
  func divertSignals() {
    Signals.divert { signal in
      self.number.store(signal, ordering: .relaxed)
      return true
    }
  }
}
