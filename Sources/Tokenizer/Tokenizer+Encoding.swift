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
    let special = splitsSpecialTokens ? .plain : special
    let bytes = Array(text.utf8)
    var ids = addsSpecialTokens ? tokensBefore : []
    if case .bytePair(let model) = model, let addsPrefixSpace = plainPrefixSpace {
      encodeBytes(bytes, model, addsPrefixSpace: addsPrefixSpace, special: special, into: &ids)
    } else {
      encodeSpellings(bytes, special: special, into: &ids)
    }
    return addsSpecialTokens ? ids + tokensAfter : ids
  }

  /// GPT-2's way, without a detour over the byte alphabet.
  private func encodeBytes(
    _ bytes: [UInt8], _ model: BytePairEncoding, addsPrefixSpace: Bool, special: SpecialTokens,
    into ids: inout [TokenID]
  ) {
    var merger = PairMerger(merges: model.merges, byteTokens: model.byteTokens)
    for segment in addedTokens.split(bytes, special: special) {
      switch segment {
      case .token(let id):
        ids.append(id)
      case .text(let range) where addsPrefixSpace && bytes[range.lowerBound] != UInt8(ascii: " "):
        let prefixed = [UInt8(ascii: " ")] + bytes[range]
        for word in PreTokens(prefixed, in: prefixed.indices) { merger.encode(prefixed[word], into: &ids) }
      case .text(let range):
        for word in PreTokens(bytes, in: range) { merger.encode(bytes[word], into: &ids) }
      }
    }
  }

  /// The general way: added tokens, normalizer, added tokens, pre-tokenizer, model.
  private func encodeSpellings(_ bytes: [UInt8], special: SpecialTokens, into ids: inout [TokenID]) {
    var encoder = WordEncoder(model, vocabulary)
    for segment in addedTokens.split(bytes, in: bytes.indices, .raw, special: special) {
      guard case .text(let range) = segment else {
        if case .token(let id) = segment { ids.append(id) }
        continue
      }
      let text = normalizer.map { $0.apply(to: Array(bytes[range])) } ?? Array(bytes[range])
      for segment in addedTokens.split(text, in: text.indices, .normalized, special: special) {
        switch segment {
        case .token(let id): ids.append(id)
        case .text(let part):
          var words = Words(text, in: part, isAtStart: range.lowerBound == 0 && part.lowerBound == 0)
          preTokenizer?.apply(to: &words)
          for word in words.words { encoder.encode(words.text, in: word.range, into: &ids) }
        }
      }
    }
  }
}
