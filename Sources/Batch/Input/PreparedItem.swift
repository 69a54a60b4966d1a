internal import GPT2

/// An item that the model has accepted, ready to be written.
struct PreparedItem: Sendable {
  /// Its place among the items of this run, from 0.
  let ordinal: Int
  /// Its place in the input, from 0.
  let index: Int
  let id: ItemID
  let form: ItemForm
  /// One for each of its prompts, at least one.
  let requests: [TextRequest]
  /// Whether a prompt leaves room for fewer tokens than were asked for.
  let isCapped: Bool
  /// Bytes that it keeps in memory, about.
  let byteCount: Int
  /// What its line was.
  var lineMark: LineMark?

  /// The key of its random numbers.
  var seed: UInt64 { requests[0].tokens.seed }
  /// Whether log-probabilities are wanted.
  var wantsLogProbabilities: Bool { requests[0].tokens.wantsLogProbabilities }
  /// Whether those of other tokens are wanted too.
  var wantsTop: Bool { requests[0].tokens.topLogProbabilities > 0 }
  /// Whether those of the prompt's tokens are wanted.
  var scoresPrompt: Bool { requests[0].tokens.scoresPrompt }
}
