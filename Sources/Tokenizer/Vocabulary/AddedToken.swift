/// A token added to a trained vocabulary, matched in the raw text rather than made by merges.
struct AddedToken: Sendable {
  var content: String
  var id: TokenID
  /// Whether it steers the model (as `<|endoftext|>` does) rather than standing for text.
  var isSpecial = false
  /// Takes in the spaces before it.
  var stripsLeft = false
  /// Takes in the spaces after it.
  var stripsRight = false
  /// Matches only where no word character is next to it.
  var isSingleWord = false
  /// Matched in normalized text: after those that are not, as GPT-2 does not normalize.
  var isNormalized = false
}
