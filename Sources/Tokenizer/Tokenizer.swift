/// A model's tokenizer: text to tokens and back.
///
/// GPT-2's own is byte-level byte-pair encoding, which loses nothing of any text. Its relatives' normalize texts, cut
/// them at other places, or have other models.
public struct Tokenizer: Sendable {
  let vocabulary: Vocabulary
  let normalizer: Normalizer?
  let preTokenizer: PreTokenizer?
  let model: Model
  let decoder: DecoderChain
  /// Whether a space precedes each stretch of text, of a tokenizer that is GPT-2's in all else; nil for others.
  let plainPrefixSpace: Bool?
  let addedTokens: AddedTokens
  /// Tokens that are no part of the trained vocabulary: spelled as they are, not in the byte alphabet.
  let literalTokens: Set<TokenID>
  /// Stand before and after the tokens of every text.
  let tokensBefore: [TokenID]
  let tokensAfter: [TokenID]
  /// Whether special tokens that a text spells out are ordinary text, whoever asks (`split_special_tokens`).
  let splitsSpecialTokens: Bool

  /// The token that ends a text: the one that the files name as `eos_token`, else `<|endoftext|>` where there is one.
  public let endOfText: TokenID?

  /// The largest id + 1.
  ///
  /// A model's embedding may have more rows; of the ids below, a few may stand for no token.
  public var vocabularySize: Int { vocabulary.size }

  /// A token as the vocabulary spells it, such as "Ġdream" for " dream".
  public func piece(_ id: TokenID) -> String? { vocabulary.piece(id) }

  /// The token that the vocabulary spells so, compared byte for byte.
  public func id(ofPiece piece: String) -> TokenID? { vocabulary.id(of: piece.utf8) }

  /// Whether a token steers the model, as `<|endoftext|>` does, rather than standing for text.
  public func isSpecial(_ id: TokenID) -> Bool { addedTokens.isSpecial(id) }
}
