internal import JSON

extension TokenizerDefinition {
  /// Reads the normalizer of `tokenizer.json`.
  mutating func readNormalizer(_ json: JSON?, file: String) throws(TokenizerError) {
    guard let json, !json.isNull else { return }
    let component = Component(json, file: file, entry: "normalizer")
    let normalizer = try Self.normalizer(component)
    try component.check(stepCount: normalizer.stepCount, growth: normalizer.growth)
    self.normalizer = normalizer
  }

  private static func normalizer(_ component: Component) throws(TokenizerError) -> Normalizer {
    switch component.type {
    case Array("Sequence".utf8):
      return .sequence(try component.steps("normalizers").map { step throws(TokenizerError) in try normalizer(step) })
    case Array("NFC".utf8): return .unicode(UnicodeForm(isCompatible: false, composes: true))
    case Array("NFD".utf8): return .unicode(UnicodeForm(isCompatible: false, composes: false))
    case Array("NFKC".utf8): return .unicode(UnicodeForm(isCompatible: true, composes: true))
    case Array("NFKD".utf8): return .unicode(UnicodeForm(isCompatible: true, composes: false))
    case Array("Lowercase".utf8): return .lowercase
    case Array("Strip".utf8):
      return .strip(
        left: try component.boolean("strip_left", default: true),
        right: try component.boolean("strip_right", default: true))
    case Array("StripAccents".utf8): return .stripAccents
    case Array("Replace".utf8):
      let content = try component.shortText("content")
      switch try component.target() {
      case .text(let text): return .replaceText(text, by: content)
      case .pattern(let pattern): return .replace(pattern, by: content)
      }
    case Array("Prepend".utf8): return .prepend(try component.shortText("prepend"))
    case Array("BertNormalizer".utf8):
      return .bert(
        BERTNormalizer(
          cleansText: try component.boolean("clean_text", default: true),
          spacesChinese: try component.boolean("handle_chinese_chars", default: true),
          stripsAccents: component.json["strip_accents"]?.boolean,
          lowercases: try component.boolean("lowercase", default: true)))
    case Array("Precompiled".utf8):
      guard let bytes = Base64.decode(try component.text("precompiled_charsmap")), let map = PrecompiledMap(bytes)
      else {
        throw component.error("precompiled_charsmap", "is not a map of characters in base64")
      }
      return .precompiled(map)
    case Array("Nmt".utf8): return .nmt
    case Array("ByteLevel".utf8): return .byteLevel
    default: throw component.unsupported
    }
  }
}
