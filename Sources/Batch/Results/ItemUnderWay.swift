internal import Engine
internal import GPT2

/// An item whose texts are being written.
struct ItemUnderWay {
  /// One of its texts.
  struct Sample {
    fileprivate(set) var tokens: [Int32] = []
    fileprivate(set) var logProbabilities: [Double] = []
    fileprivate(set) var finish: FinishReason?
    fileprivate var continuation: ContinuationText

    /// The text, without the prompt.
    var text: String { continuation.text }
  }

  let item: PreparedItem
  private(set) var samples: [Sample]
  private var unfinished: Int

  init(_ item: PreparedItem, _ model: PretrainedModel) {
    self.item = item
    let sample = Sample(continuation: ContinuationText(model.tokenizer, stops: item.stops))
    samples = Array(repeating: sample, count: item.request.samples)
    unfinished = samples.count
  }

  /// Whether all texts are complete.
  var isFinished: Bool { unfinished == 0 }

  /// Takes a token; returns whether its text goes on.
  mutating func append(_ token: GeneratedToken) -> Bool {
    guard samples.indices.contains(token.sample), samples[token.sample].finish == nil else { return false }
    let goesOn = samples[token.sample].append(token)
    if !goesOn { unfinished -= 1 }
    return goesOn
  }
}

extension ItemUnderWay.Sample {
  fileprivate mutating func append(_ token: GeneratedToken) -> Bool {
    tokens.append(token.token)
    if let logProbability = token.logProbability { logProbabilities.append(logProbability) }
    _ = continuation.append(token.token)
    finish = token.finish
    if finish != nil { _ = continuation.finish() }
    if continuation.isStopped { finish = .stop }
    return finish == nil
  }
}
