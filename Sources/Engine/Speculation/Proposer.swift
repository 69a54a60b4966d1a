/// Guesses how sequences go on, so that one step may check several tokens of each.
///
/// What it proposes decides how soon a text is there, never which: the model chooses every token.
package protocol Proposer: AnyObject {
  /// Whether a proposal takes so long that it is made only where it will be checked.
  var isCostly: Bool { get }

  /// What it takes of the model's device; nil for nothing.
  var memory: ModelMemory? { get }

  /// Gets ready for the sequences of a run: what was before is forgotten.
  ///
  /// - Parameters:
  ///   - slots: Their slots are below.
  ///   - length: The most positions of each.
  func begin(slots: Int, length: Int) throws

  /// The next tokens of each sequence, as far as there is an idea of them.
  func propose(for sequences: [SpeculatingSequence]) throws -> [Proposal]
}

extension Proposer {
  package var memory: ModelMemory? { nil }
}

/// A sequence whose last token is known, and whose next ones are not being computed.
package struct SpeculatingSequence {
  /// Its slot, and which of the slot's sequences it is.
  let id: SequenceID
  /// What it continues, and how.
  let request: GenerationRequest
  /// Which of the request's samples it is.
  let sample: Int
  /// The tokens chosen, at least one.
  let tokens: [Int32]
  /// The most tokens that may be proposed.
  var room: Int
}

/// Tokens that may come next.
package struct Proposal: Equatable {
  /// In their order; none where there is no idea.
  var tokens: [Int32] = []
  /// How good such proposals are is learned for each grade by itself.
  var grade = 0
}
