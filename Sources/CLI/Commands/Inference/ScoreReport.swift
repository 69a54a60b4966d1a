internal import Backend
internal import System
import GPT2
import JSON

/// The output of `score`.
struct ScoreReport: Sendable {
  let model: PretrainedModel
  let device: ComputeDevice
  let precision: Precision
  /// The text or tokens.
  let text: Prompt
  /// Nil where the text fits into one window.
  let stride: Int?
  /// Whether the likeliest tokens stand beside each.
  let showsTop: Bool

  /// The output.
  ///
  /// - Parameter count: Tokens of the text, where a signal left out those after the scored ones.
  func text(_ score: TextScore, as format: OutputFormat, of count: Int? = nil) -> String {
    switch format {
    case .text: summary(score, of: count)
    case .json: json(score, of: count).text + "\n"
    }
  }

  /// Nil where the tokens are all that is known, and for a part of a text.
  private func bitsPerByte(_ score: TextScore, isWhole: Bool) -> Double? {
    if isWhole, case .text(let text) = text { score.bitsPerByte(of: text) } else { nil }
  }

  private func json(_ score: TextScore, of count: Int?) -> JSON {
    var members = JSON.members(of: model, on: device, in: precision)
    members += [
      JSON.Member("stride", stride.map { .integer($0) } ?? .null),
      JSON.Member("tokens", .array(score.tokens.map { .integer(Int($0)) })),
      JSON.Member("logprobs", .array(score.logProbabilities.map { $0.map { .number($0) } ?? .null })),
    ]
    if showsTop {
      let top = zip(score.logProbabilities, score.top).map { $0 == nil ? JSON.null : JSON($1) }
      members.append(JSON.Member("top_logprobs", .array(top)))
    }
    members += [
      JSON.Member("sum_logprob", .number(score.sum)),
      JSON.Member("perplexity", score.perplexity.map { .number($0) } ?? .null),
      JSON.Member("bits_per_byte", bitsPerByte(score, isWhole: count == nil).map { .number($0) } ?? .null),
    ]
    if count != nil { members.append(JSON.Member("interrupted", .boolean(true))) }
    return .object(members)
  }

  /// The sums, for people.
  private func summary(_ score: TextScore, of count: Int?) -> String {
    var table = Table()
    if let count {
      table.append("tokens", "the first \(score.tokens.count) of \(count)")
    } else {
      table.append("tokens", "\(score.tokens.count), of which \(score.scoredCount) have one before them")
    }
    if score.scoredCount == 0 { return table.text + "There is nothing to score: a first token has none before it.\n" }
    table.append("log-probability", score.sum.fixed(4))
    if let perplexity = score.perplexity { table.append("perplexity", perplexity.fixed(4)) }
    if let bitsPerByte = bitsPerByte(score, isWhole: count == nil) {
      table.append("bits per byte", bitsPerByte.fixed(4))
    }
    return table.text
  }
}
