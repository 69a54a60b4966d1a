internal import Synchronization

/// Asks running work, from any thread, to end at its next step.
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

  /// Asks because of a signal; false where no work has begun that would heed it.
  package func raise(_ signal: Int32) -> Bool {
    number.store(signal, ordering: .releasing)
    guard let action = action.withLock({ $0 }) else { return false }
    action()
    return true
  }

  /// Says that work has begun that looks at ``signal``, and how to wake it where it waits.
  package func onRaise(_ action: @escaping @Sendable () -> Void) {
    self.action.withLock { $0 = action }
    if signal != nil { action() }
  }
}
