internal import Engine
import GPT2
import Tokenizer

/// Gives an engine the sequences of a workload, and keeps the times of their steps.
final class WorkloadSource: RequestSource {
  let bounds: RequestBounds?
  /// Steps of running sequences only.
  private(set) var decodeSteps: [Duration] = []
  private(set) var prefill = Passes()
  private(set) var decode = Passes()

  /// Passes through the model; those with rows of both kinds are shared out by them, as their time is.
  struct Passes {
    var passes = 0.0
    /// Passes that computed logits.
    var headPasses = 0.0
    var rows = 0.0
    /// Rows whose logits were computed.
    var outputs = 0.0

    mutating func add(_ step: StepTime, share: Double, rows: Int) {
      passes += share * Double(step.passes)
      headPasses += share
      self.rows += Double(rows)
      outputs += share * Double(step.outputRows)
    }
  }

  private let requests: [GenerationRequest]
  /// Texts to tokenize into prompts, as these are asked for; nil where they are tokens already.
  private let texts: [String?]
  private let tokenizer: Tokenizer?
  private var taken = 0

  /// - Parameter tokenizer: Tokenizes the texts, where there are any; nil to take the tokens as they are.
  init(_ items: [WorkloadItem], _ sweep: Sweep, tokenizer: Tokenizer?) {
    requests = items.enumerated().map { index, item in
      GenerationRequest(
        item: UInt64(index), prompt: item.prompt, sampling: sweep.sampling, newTokens: item.newTokens...item.newTokens,
        ignoresEndOfText: true, seed: sweep.seed)
    }
    texts = items.map(\.text)
    self.tokenizer = tokenizer
    bounds = RequestBounds(requests)
  }

  func next(waiting: Bool) -> SuppliedRequest {
    guard taken < requests.count else { return .end }
    defer { taken += 1 }
    var request = requests[taken]
    if let tokenizer, let text = texts[taken] { request.prompt = tokenizer.encode(text, addsSpecialTokens: false) }
    return .request(request)
  }

  /// Adds a step's time.
  func add(_ step: StepTime) {
    let rows = step.promptRows + step.decodeRows
    guard rows > 0 else { return }
    let share = Double(step.promptRows) / Double(rows)
    prefill.add(step, share: share, rows: step.promptRows)
    decode.add(step, share: 1 - share, rows: step.decodeRows)
    if step.promptRows == 0 { decodeSteps.append(step.time) }
  }
}
