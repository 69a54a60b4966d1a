extension Tokenizer {
  /// The text of tokens, their bytes joined.
  ///
  /// Bytes that are not UTF-8 become U+FFFD, one for each maximal subpart (Unicode 16, section 3.9). Ids that stand for
  /// no token become nothing.
  public func decode(_ ids: some Sequence<TokenID>, skippingSpecial: Bool = false) -> String {
    var bytes: [UInt8] = []
    for id in ids where !(skippingSpecial && isSpecial(id)) { bytes += self.bytes(of: id) ?? [] }
    return String(decoding: bytes, as: UTF8.self)
  }
}
