internal import Synchronization

/// A client's connection, as a request sees it.
final class Connection: Sendable {
  private struct State {
    var hasLeft = false
    var onLeave: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  /// Says that the client has closed its side: nobody will read an answer. One who closes only the side that he writes to
  /// looks the same.
  func leave() {
    let action = state.withLock { state in
      state.hasLeft = true
      return state.onLeave.take()
    }
    action?()
  }

  /// Calls `action`, once, when the client leaves; at once where it has left. In place of the action before.
  func onLeave(_ action: (@Sendable () -> Void)?) {
    let hasLeft = state.withLock { state in
      state.onLeave = state.hasLeft ? nil : action
      return state.hasLeft
    }
    if hasLeft { action?() }
  }
}
