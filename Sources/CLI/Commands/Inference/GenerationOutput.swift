internal import System
import GPT2
import JSON
import Tokenizer

/// Prints the texts of `generate`: each as it is whole, in order, or one as it comes. A signal prints what is finished.
final class GenerationOutput: Sendable {
  /// How the texts are printed.
  enum Form {
    case stream
    case text
    case json
  }

  private struct State {
    /// Those that have ended and are not printed, by their samples.
    var waiting: [Int: Continuation] = [:]
    /// The first that is not printed.
    var next = 0
    var counts = Counts()
    var progress = ProgressDisplay()
  }

  private struct Counts {
    /// Texts that have ended.
    var ended = 0
    /// Tokens of those that have ended, and of all.
    var endedTokens = 0
    var tokens = 0
    var firstToken: ContinuousClock.Instant?
  }

  private let form: Form
  private let report: GenerationReport
  private let count: Int
  /// The most tokens of a text.
  private let mostTokens: Int
  private let start: ContinuousClock.Instant
  private let output = InterruptibleOutput(State())

  init(_ form: Form, _ report: GenerationReport, _ request: TextRequest) {
    self.form = form
    self.report = report
    count = request.tokens.samples
    mostTokens = request.tokens.newTokens.upperBound
    start = .now
  }

  /// Begins the output: a stream with the prompt, where that is part of the text.
  func begin(_ request: TextRequest) throws(WriteError) {
    if form == .stream { try Output.results.print(request.shown) }
  }

  /// Takes what a token adds to its text.
  func receive(_ piece: TextPiece) throws {
    try output.update { state in
      state.counts.firstToken = state.counts.firstToken ?? .now
      state.counts.tokens += 1
      if form == .stream { try Output.results.print(piece.text) }
      if let text = piece.continuation {
        state.counts.ended += 1
        state.counts.endedTokens += text.tokens.count
        state.waiting[piece.sample] = text
        if form == .text { try printWhole(&state) }
      }
      if count > 1 {
        let counts = state.counts
        state.progress.show(progress(counts))
      }
    }
  }

  /// Ends the output.
  func finish(_ generation: Generation) throws {
    try output.finish { state in
      state.progress.end()
      switch form {
      case .stream: try Output.results.print("\n")
      case .text: break
      case .json: try Output.results.print(report.json(generation).text + "\n")
      }
    }
  }

  /// Prints what is finished, and ends the program.
  func end(bySignal signal: Int32) {
    output.end(bySignal: signal) { [self] state in
      state.progress.end()
      printFinished(state)
    }
  }

  /// Prints the texts that are whole and whose turn it is.
  private func printWhole(_ state: inout State) throws(WriteError) {
    while let text = state.waiting.removeValue(forKey: state.next) {
      try printText(text, number: state.next)
      state.next += 1
    }
  }

  /// Prints a text for a person, who sees where each of several begins.
  private func printText(_ text: Continuation, number: Int) throws(WriteError) {
    try Output.results.print((count == 1 ? "" : "--- \(number + 1) of \(count) ---\n") + text.text + "\n")
  }

  /// Prints what a signal finds finished.
  private func printFinished(_ state: State) {
    let ended = state.waiting.sorted { $0.key < $1.key }
    switch form {
    case .stream: try? Output.results.print("\n")
    case .text: for (number, text) in ended { try? printText(text, number: number) }
    case .json:
      if !ended.isEmpty {
        let (firstToken, now) = (state.counts.firstToken ?? .now, ContinuousClock.now)
        let generation = Generation(
          promptTokens: report.promptTokens, texts: ended.map(\.value), prefillTime: firstToken - start,
          decodeTime: now - firstToken)
        try? Output.results.print(report.json(generation, samples: ended.map(\.key)).text + "\n")
      }
    }
    Output.notice(
      count == 1
        ? "Interrupted before the text's end."
        : "Interrupted: \(state.counts.ended) of \(count) texts \(state.counts.ended == 1 ? "was" : "were") finished.")
  }

  /// How far the texts are. Where some have ended, the others are taken to become as long.
  private func progress(_ counts: Counts) -> String {
    let expected = counts.ended > 0 ? Double(counts.endedTokens) / Double(counts.ended) : Double(mostTokens)
    let seconds = (ContinuousClock.now - (counts.firstToken ?? start)) / .seconds(1)
    let texts = "\(counts.ended) of \(count) texts"
    // The tokens of the first step say nothing about a rate.
    guard seconds > 0.1 else { return texts }
    let rate = Double(counts.tokens) / seconds
    let rest = max(0, expected * Double(count) - Double(counts.tokens))
    return "\(texts), \(rate.rounded1) tokens/s, \(Duration.seconds(rest / rate).remaining) left"
  }
}
