extension Tokenizer {
  /// The text of tokens.
  ///
  /// Bytes that are not UTF-8 become U+FFFD, one for each maximal subpart (Unicode 16, section 3.9). Ids that stand for
  /// no token become nothing.
  public func decode(_ ids: some Sequence<TokenID>, skippingSpecial: Bool = false) -> String {
    var chain = decoder
    var bytes: [UInt8] = []
    for id in ids where !(skippingSpecial && isSpecial(id)) {
      if let token = decoderInput(id) { bytes += chain.append(token) }
    }
    return String(decoding: bytes + chain.finish(), as: UTF8.self)
  }

  /// The bytes that a token stands for within a text: often not a whole character.
  public func bytes(of id: TokenID) -> [UInt8]? {
    guard let token = decoderInput(id) else { return nil }
    if decoder.startsWithBytes { return token }
    var chain = decoder
    chain.skipFirst()
    return chain.append(token) + chain.finish()
  }

  /// A token as the decoder takes it: its bytes, or its spelling.
  func decoderInput(_ id: TokenID) -> [UInt8]? {
    if let spelling = addedTokens.normalizedSpelling(id) { return spelling }
    guard let piece = vocabulary.piece(id) else { return nil }
    if decoder.startsWithBytes, !literalTokens.contains(id), let bytes = ByteAlphabet.bytes(of: piece) { return bytes }
    return Array(piece.utf8)
  }
}
