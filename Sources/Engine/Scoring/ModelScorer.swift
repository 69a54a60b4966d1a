package import Sampling
package import Backend
internal import Checkpoint

/// Scores texts by a model on one backend.
package struct ModelScorer<B: Backend> {
  private let model: GPT2Model<B>
  private let rows: Int
  private let outputs: Int

  /// - Parameters:
  ///   - rows: The most rows of a step.
  ///   - outputs: The most rows of a step whose logits are wanted: bounds their memory, 200 KB a row for GPT-2's
  ///     vocabulary.
  package init(_ model: GPT2Model<B>, rows: Int = 512, outputs: Int = 256) {
    self.model = model
    self.rows = rows
    self.outputs = outputs
  }

  /// How likely each token but the first is, given those before it in its window.
  ///
  /// - Parameters:
  ///   - top: How many of the likeliest tokens are wanted beside each.
  ///   - onScores: Called with those of the next tokens as they come, in the order of the text.
  package func scores(
    of tokens: [Int32], stride: Int, top: Int = 0, onScores: ([ScoredToken]) throws -> Void = { _ in }
  ) throws -> [ScoredToken] {
    guard tokens.count > 1 else { return [] }
    let context = model.configuration.contextLength
    let windows = ScoringWindows(count: tokens.count, context: context, stride: stride)
    let longest = min(context, tokens.count) - 1
    // Whole windows that fit into a step, and the parts of two more at its ends.
    let slots = min(windows.windows.count, rows / longest + 2)
    let session = try Session(
      model,
      limits: Session<B>.Limits(
        slots: slots, length: longest, rows: min(rows, slots * longest), outputs: min(outputs, tokens.count - 1),
        endOfText: []))

    var scored: [ScoredToken] = []
    scored.reserveCapacity(tokens.count - 1)
    func append(_ scores: Pending<[TokenScore]>) throws {
      let next = try scores.wait().map { try $0.scored(top: top) }
      scored += next
      try onScores(next)
    }
    var inFlight: Pending<[TokenScore]>?  // one step, so that the device always has the next
    let batches = ScoringWindows.Batches(
      windows, of: tokens, slots: slots, rows: session.limits.rows, outputs: session.limits.outputs)
    for batch in batches {
      try model.forward(batch.step, in: session)
      if batch.targets.isEmpty { continue }
      let rows = batch.targets.enumerated().map { ScoreRow(logitsRow: $0, target: $1) }
      let next = try model.backend.score(session.activations.logits, rows, top: top)
      if let inFlight { try append(inFlight) }
      inFlight = next
    }
    if let inFlight { try append(inFlight) }
    return scored
  }
}
