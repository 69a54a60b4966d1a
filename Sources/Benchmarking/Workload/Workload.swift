/// The sequences that are computed for one row of a benchmark.
package struct Workload: Hashable, Sendable {
  /// Sequences decoded together.
  package var batch: Int
  /// Tokens of each prompt.
  package var promptTokens: TokenRange
  /// Tokens written after each prompt.
  package var newTokens: TokenRange
  /// Sequences in all.
  package var items: Int

  /// A workload.
  package init(batch: Int, promptTokens: TokenRange, newTokens: TokenRange, items: Int) {
    self.batch = batch
    self.promptTokens = promptTokens
    self.newTokens = newTokens
    self.items = items
  }

  /// Positions of the longest sequence.
  package var longest: Int { promptTokens.range.upperBound + newTokens.range.upperBound }
}
