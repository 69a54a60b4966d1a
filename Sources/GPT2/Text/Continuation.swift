public import Engine
public import Sampling
public import Tokenizer

/// One continuation of a prompt as its tokens come: tokens, log-probabilities, and the text that is certain so far.
///
/// The text has whole characters only, and is cut before the first stop string or stop token, or behind it where the
/// request says so.
public struct Continuation: Sendable {
  /// The text that will not change any more; with the prompt, where the settings say so.
  public private(set) var text: String
  /// The chosen tokens.
  public private(set) var tokens: [TokenID] = []
  /// Their log-probabilities, where asked for.
  public private(set) var logProbabilities: [Double] = []
  /// The likeliest tokens in the place of each, the best first; empty lists where none were asked for.
  public private(set) var top: [[TokenLogProbability]] = []
  /// Of a beam that has ended: the sum of its processed log-probabilities, divided by its length to the power of the length
  /// penalty.
  public private(set) var beamScore: Double?
  /// Why it ended; nil while it may go on.
  public private(set) var finishReason: FinishReason?
  /// The stop string that ended it; nil where none did.
  package private(set) var stopString: String?

  /// Nil for a model without a tokenizer, which has tokens but no text.
  private var decoder: StreamingDecoder?
  /// (stops) Their bytes.
  private let stops: [[UInt8]]
  private let stopTokens: [TokenID]
  /// Whether the text has the stop that ends it.
  private let includesStop: Bool
  /// Text that could still turn out to be the start of a stop string.
  private var held: [UInt8] = []

  /// A continuation of a request's prompt, before its first token.
  ///
  /// - Parameters:
  ///   - request: The request.
  ///   - tokenizer: The model's, where it has one.
  public init(of request: TextRequest, tokenizer: Tokenizer?) {
    self.init(
      shown: request.shown, stops: request.stops, stopTokens: request.stopTokens, includesStop: request.includesStop,
      tokenizer: tokenizer)
  }

  init(
    shown: String = "", stops: [String], stopTokens: [TokenID] = [], includesStop: Bool = false, tokenizer: Tokenizer?
  ) {
    text = shown
    decoder = tokenizer.map { StreamingDecoder($0, skippingSpecial: true) }
    self.stops = stops.map { Array($0.utf8) }.filter { !$0.isEmpty }
    self.stopTokens = stopTokens
    self.includesStop = includesStop
  }

  /// Appends a token; returns the text that became certain by it. Does nothing where the continuation has ended.
  ///
  /// It ends with the token that completes a stop string, or with the one that the engine says is the last.
  public mutating func append(_ token: GeneratedToken) -> String {
    guard finishReason == nil else { return "" }
    tokens.append(token.token)
    top.append(token.top)
    beamScore = token.beamScore
    if let logProbability = token.logProbability { logProbabilities.append(logProbability) }
    let isStop = token.finish == .eos && stopTokens.contains(token.token)
    var piece = isStop && !includesStop ? "" : append(decoder?.append(token.token) ?? "")
    if token.finish != nil, finishReason == nil {
      piece += append(decoder?.finish() ?? "")
      if finishReason == nil { piece += release(held.count) }
      finishReason = finishReason ?? (isStop ? .stop : token.finish)
    }
    return piece
  }

  /// Ends a text that no token is to follow.
  package mutating func endWithoutTokens() { finishReason = finishReason ?? .length }

  /// Appends decoded text, as far as it is certain.
  private mutating func append(_ decoded: String) -> String {
    held += Array(decoded.utf8)
    if let stop = earliestStop() {
      finishReason = .stop
      stopString = String(decoding: held[stop], as: UTF8.self)
      return release(includesStop ? stop.upperBound : stop.lowerBound)
    }
    return release(held.count - longestUnfinishedStop())
  }

  /// Moves the first bytes of the held ones to the text.
  private mutating func release(_ count: Int) -> String {
    let piece = String(decoding: held.prefix(count), as: UTF8.self)
    held.removeFirst(count)
    text += piece
    return piece
  }

  /// The place in the held bytes of the first stop string: of several that start there, the shortest, which came first.
  private func earliestStop() -> Range<Int>? {
    for start in held.indices {
      let lengths = stops.lazy.filter { held[start...].starts(with: $0) }.map(\.count)
      if let length = lengths.min() { return start..<start + length }
    }
    return nil
  }

  /// How many bytes at the end of the held ones are the beginning of a stop string.
  private func longestUnfinishedStop() -> Int {
    let longest = stops.map { $0.count - 1 }.max() ?? 0
    for count in stride(from: min(longest, held.count), to: 0, by: -1)
    where stops.contains(where: { $0.starts(with: held.suffix(count)) }) {
      return count
    }
    return 0
  }
}
