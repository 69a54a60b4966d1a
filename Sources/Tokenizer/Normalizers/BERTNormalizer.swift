/// What BERT does to a text before it is cut into words (`BasicTokenizer` of google-research/bert, `tokenization.py`).
struct BERTNormalizer: Sendable {
  /// Leaves out control characters, and makes every white space a space.
  var cleansText = true
  /// Puts spaces around Chinese characters.
  var spacesChinese = true
  /// Leaves out accents; where not said, in lower case only.
  var stripsAccents: Bool?
  var lowercases = true

  func apply(to text: [UInt8]) -> [UInt8] {
    var text = text
    if cleansText || spacesChinese { text = [UInt8](scalars: Self.cleansed(text.scalars, self)) }
    if stripsAccents ?? lowercases { text = Self.withoutAccents(text) }
    return lowercases ? Normalizer.lowercased(text) : text
  }

  private static func cleansed(_ scalars: [Unicode.Scalar], _ options: BERTNormalizer) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    for scalar in scalars {
      if options.cleansText && isLeftOut(scalar) { continue }
      if options.spacesChinese && isChinese(scalar.value) {
        result += [" ", scalar, " "]
      } else {
        result.append(options.cleansText && ScalarProperty.whiteSpace.holds(for: scalar) ? " " : scalar)
      }
    }
    return result
  }

  private static func isLeftOut(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value == 0 || scalar.value == 0xFFFD || ScalarProperty.bertControl.holds(for: scalar)
  }

  private static func withoutAccents(_ text: [UInt8]) -> [UInt8] {
    if text.isASCII { return text }
    let decomposed = UnicodeForm(isCompatible: false, composes: false).apply(to: text)
    return [UInt8](scalars: decomposed.scalars.filter { !ScalarProperty.bertAccent.holds(for: $0) })
  }

  /// The blocks of CJK ideographs that BERT knows.
  private static func isChinese(_ value: UInt32) -> Bool {
    switch value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B920...0x2CEAF,
      0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}
