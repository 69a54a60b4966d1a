/// GPT-2's byte-level byte-pair encoding: text to tokens and back, without loss for any text.
public struct Tokenizer: Sendable {
  let vocabulary: Vocabulary
  let merges: MergeTable
  /// The token of each byte, where every word starts from; ``noToken`` for bytes that are left out, as `tokenizers` leaves
  /// out whatever its vocabulary lacks.
  let byteTokens: [TokenID]
  static let noToken: TokenID = -1
  let addedTokens: AddedTokens
  /// Tokens that are no part of the trained vocabulary: spelled as they are, not in the byte alphabet.
  let literalTokens: Set<TokenID>
  /// Whether each stretch of text is encoded as if a space preceded it.
  let addsPrefixSpace: Bool
  /// Stand before and after the tokens of every text.
  let tokensBefore: [TokenID]
  let tokensAfter: [TokenID]

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

  /// The bytes that a token stands for: often not a whole character.
  public func bytes(of id: TokenID) -> [UInt8]? {
    guard let piece = vocabulary.piece(id) else { return nil }
    if !literalTokens.contains(id), let bytes = ByteAlphabet.bytes(of: piece) { return bytes }
    return Array(piece.utf8)
  }

  /// Whether a token steers the model, as `<|endoftext|>` does, rather than standing for text.
  public func isSpecial(_ id: TokenID) -> Bool { addedTokens.isSpecial(id) }
}
