/// How to treat special tokens that are spelled out in a text.
public enum SpecialTokens: Sendable {
  /// `<|endoftext|>` in the text is that token, as in Hugging Face's tokenizers.
  case recognized
  /// They are ordinary text, so that a text from a stranger cannot end or steer the model.
  case plain
}

extension Tokenizer {
  /// The tokens of a text.
  ///
  /// Tokens that were added as ordinary words are recognized in either case.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - special: Whether special tokens that the text spells out are those tokens.
  ///   - addsSpecialTokens: Whether the tokens come that the files put around every text, if any: `add_bos_token` and
  ///     `add_eos_token`, or the template of `tokenizer.json`.
  public func encode(
    _ text: String, special: SpecialTokens = .recognized, addsSpecialTokens: Bool = true
  ) -> [TokenID] {
    let bytes = Array(text.utf8)
    var ids = addsSpecialTokens ? tokensBefore : []
    var merger = PairMerger(merges: merges, byteTokens: byteTokens)
    for segment in addedTokens.split(bytes, special: special) {
      switch segment {
      case .token(let id):
        ids.append(id)
      case .text(let range) where addsPrefixSpace && bytes[range.lowerBound] != UInt8(ascii: " "):
        let prefixed = [UInt8(ascii: " ")] + bytes[range]
        encodeWords(of: prefixed, in: prefixed.indices, with: &merger, into: &ids)
      case .text(let range):
        encodeWords(of: bytes, in: range, with: &merger, into: &ids)
      }
    }
    return addsSpecialTokens ? ids + tokensAfter : ids
  }

  private func encodeWords(
    of text: [UInt8], in range: Range<Int>, with merger: inout PairMerger, into ids: inout [TokenID]
  ) {
    for word in PreTokens(text, in: range) { merger.encode(text[word], into: &ids) }
  }
}
