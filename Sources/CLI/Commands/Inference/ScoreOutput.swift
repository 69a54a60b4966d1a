internal import Sampling
internal import System
import GPT2
import Tokenizer

/// Shows how far `score` is, and prints its result. A signal prints the score of what has been scored.
final class ScoreOutput: Sendable {
  private struct State {
    var scored: [ScoredToken] = []
    var progress = ProgressDisplay()
  }

  private let report: ScoreReport
  private let tokens: [TokenID]
  private let format: OutputFormat
  private let start = ContinuousClock.now
  private let output = InterruptibleOutput(State())

  init(_ report: ScoreReport, _ tokens: [TokenID], as format: OutputFormat) {
    self.report = report
    self.tokens = tokens
    self.format = format
  }

  /// Takes the log-probabilities of the next tokens.
  func receive(_ scores: [ScoredToken]) {
    output.update { state in
      state.scored += scores
      let count = state.scored.count
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let rate = seconds > 0 ? Double(count) / seconds : 0
      state.progress.show(
        "\(count) of \(tokens.count) tokens, \(rate.rounded1) tokens/s, "
          + "\(Duration.seconds(Double(tokens.count - count) / max(rate, 1e-9)).remaining) left")
    }
  }

  /// Prints the score.
  func finish(_ score: TextScore) throws {
    try output.finish { state in
      state.progress.end()
      try Output.results.print(report.text(score, as: format))
    }
  }

  /// Prints the score of what has been scored, and ends the program.
  func end(bySignal signal: Int32) {
    output.end(bySignal: signal) { [self] state in
      state.progress.end()
      if !state.scored.isEmpty {
        let part = Array(tokens.prefix(state.scored.count + 1))
        let score = TextScore(tokens: part, scored: state.scored)
        try? Output.results.print(report.text(score, as: format, of: tokens.count))
      }
      Output.notice("Interrupted: \(state.scored.count) of \(max(0, tokens.count - 1)) tokens were scored.")
    }
  }
}
