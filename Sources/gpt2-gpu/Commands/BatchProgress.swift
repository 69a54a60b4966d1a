import Batch

/// Shows a job's progress on standard error: one line that is redrawn on a terminal, lines now and then elsewhere.
struct ProgressDisplay {
  /// Whether anything is shown.
  let isShown: Bool
  private let isTerminal = Output.isTerminal
  private var last = ContinuousClock.now
  private var hasLine = false

  /// How often a line comes where lines are not redrawn.
  private static let period = Duration.seconds(5)

  /// - Parameter isWanted: Whether progress is shown where there is no terminal, too.
  init(isWanted: Bool) { isShown = isTerminal || isWanted }

  mutating func show(_ progress: JobProgress) {
    if isTerminal {
      Output.redraw(progress.text)
      hasLine = true
    } else if ContinuousClock.now - last >= Self.period {
      Output.message(progress.text)
      last = .now
    }
  }

  /// Takes the line away, for output that comes after.
  mutating func end() {
    if hasLine { Output.redraw("") }
    hasLine = false
  }
}
