/// Shows on standard error how far a command is: one line that is redrawn on a terminal, lines now and then elsewhere.
struct ProgressDisplay {
  /// Whether anything is shown.
  let isShown: Bool
  private let isTerminal = Output.isTerminal
  private var last = ContinuousClock.now

  /// How often there is something new to see on a terminal; and how often a line comes where none is redrawn.
  private static let periods = (redrawn: Duration.milliseconds(200), lines: Duration.seconds(5))

  /// - Parameter isWanted: Whether progress is shown where there is no terminal, too.
  init(isWanted: Bool = false) { isShown = isTerminal || isWanted }

  /// Shows a text, where it is time for one.
  mutating func show(_ text: @autoclosure () -> String) {
    let now = ContinuousClock.now
    guard isShown, now - last >= (isTerminal ? Self.periods.redrawn : Self.periods.lines) else { return }
    last = now
    if isTerminal { StatusLine.show(text()) } else { Output.message(text()) }
  }

  /// Takes the line away.
  func end() { if isTerminal { StatusLine.show("") } }
}
