/// Decodes tokens as they come, never giving out half a character.
///
/// Its pieces, joined, equal ``Tokenizer/decode(_:skippingSpecial:)`` of all the tokens.
public struct StreamingDecoder: Sendable {
  private let tokenizer: Tokenizer
  private let skipsSpecial: Bool
  private var chain: DecoderChain

  /// Starts a text.
  public init(_ tokenizer: Tokenizer, skippingSpecial: Bool = false) {
    self.tokenizer = tokenizer
    skipsSpecial = skippingSpecial
    chain = tokenizer.decoder
  }

  /// The text that is certain once this token is known; empty where it ends within a character.
  public mutating func append(_ id: TokenID) -> String {
    if skipsSpecial && tokenizer.isSpecial(id) { return "" }
    guard let token = tokenizer.decoderInput(id) else { return "" }
    return String(decoding: chain.append(token), as: UTF8.self)
  }

  /// What was held back, when no more tokens will come; the decoder is then ready for another text.
  public mutating func finish() -> String { String(decoding: chain.finish(), as: UTF8.self) }
}
