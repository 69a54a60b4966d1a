/// What is done to a text before it is cut into words.
indirect enum Normalizer: Sendable {
  case sequence([Normalizer])
  case unicode(UnicodeForm)
  case lowercase
  /// Leaves out white space at the ends.
  case strip(left: Bool, right: Bool)
  /// Leaves out marks.
  case stripAccents
  case replace(Pattern, by: [UInt8])
  case replaceText([UInt8], by: [UInt8])
  case prepend([UInt8])
  /// Spells bytes in the byte alphabet.
  case byteLevel
  case bert(BERTNormalizer)
  case precompiled(PrecompiledMap)
  /// The cleaning of NMT models.
  case nmt

  /// - Parameter text: Well-formed UTF-8; so is the result.
  func apply(to text: [UInt8]) -> [UInt8] {
    switch self {
    case .sequence(let normalizers): normalizers.reduce(text) { $1.apply(to: $0) }
    case .unicode(let form): form.apply(to: text)
    case .lowercase: Self.lowercased(text)
    case .strip(let left, let right): Self.stripped(text, left: left, right: right)
    case .stripAccents:
      text.isASCII ? text : [UInt8](scalars: text.scalars.filter { !ScalarProperty.mark.holds(for: $0) })
    case .replace(let pattern, let content):
      Self.replacing(pattern, by: content, in: text)
    case .replaceText(let old, let content): text.replacing(old, by: content)
    case .prepend(let prefix): text.isEmpty ? text : prefix + text
    case .byteLevel: ByteAlphabet.spelled(text[...])
    case .bert(let normalizer): normalizer.apply(to: text)
    case .precompiled(let map): map.apply(to: text)
    case .nmt: [UInt8](scalars: text.scalars.compactMap(Self.cleansed))
    }
  }

  /// How many times longer than the text its result may get by what the file says.
  var growth: Double {
    switch self {
    case .sequence(let normalizers): normalizers.reduce(1) { $0 * $1.growth }
    case .replace(_, let content): Growth.replacingMatches(by: content)
    case .replaceText(let old, let content): Growth.replacing(old, by: content)
    case .byteLevel: 2
    case .precompiled(let map): map.growth
    default: 1
    }
  }

  /// How many steps it has, those of sequences in sequences too.
  var stepCount: Int {
    if case .sequence(let normalizers) = self { normalizers.reduce(0) { $0 + $1.stepCount } } else { 1 }
  }

  /// Character by character, without a look at the neighbours, in the tables of Unicode 17.
  static func lowercased(_ text: [UInt8]) -> [UInt8] {
    if text.isASCII { return text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    for scalar in text.scalars {
      if (scalar.properties.age?.major ?? 0) > 17 {
        result.append(scalar)
      } else {
        result += scalar.properties.lowercaseMapping.utf8
      }
    }
    return result
  }

  private static func stripped(_ text: [UInt8], left: Bool, right: Bool) -> [UInt8] {
    let scalars = text.scalars
    let isSpace = { ScalarProperty.whiteSpace.holds(for: $0) }
    let start = left ? scalars.firstIndex { !isSpace($0) } ?? scalars.count : 0
    let end = right ? (scalars.lastIndex { !isSpace($0) } ?? -1) + 1 : scalars.count
    return start < end ? [UInt8](scalars: scalars[start..<end]) : []
  }

  private static func replacing(_ pattern: Pattern, by content: [UInt8], in text: [UInt8]) -> [UInt8] {
    var matcher = PatternMatcher(pattern, text, in: text.indices)
    return matcher.pieces().reduce(into: []) { $0 += $1.isMatch ? content[...] : text[$1.range] }
  }

  private static func cleansed(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar.value {
    case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: nil
    case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: " "
    default: scalar
    }
  }
}
