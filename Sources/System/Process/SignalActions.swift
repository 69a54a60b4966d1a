/// What signals do at one time, to be brought back after libraries have loaded.
///
/// LLVM, inside PoCL, takes the signals of crashes when its driver loads, SIGQUIT and SIGXFSZ among them: Ctrl-\ then
/// prints its stack and is otherwise ignored.
package struct SignalActions {
  private static let numbers = [SIGQUIT, SIGXFSZ, SIGBUS]

  private let actions: [sigaction]

  /// The actions now.
  package init() {
    actions = Self.numbers.map { number in
      var action = sigaction()
      sigaction(number, nil, &action)
      return action
    }
  }

  /// Brings them back.
  package func restore() {
    for (number, action) in zip(Self.numbers, actions) {
      var action = action
      sigaction(number, &action, nil)
    }
  }
}
