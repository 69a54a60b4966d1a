/// Sets of characters that files of tokenizers name, each in the tables of Unicode that `tokenizers` 0.23 has.
///
/// Characters that came with later versions count as unassigned.
enum ScalarProperty: Sendable {
  /// `\s`, `char::is_whitespace`: White_Space.
  case whiteSpace
  /// `\w` of Rust's regex crate (Unicode TR 18, Annex C).
  case word
  /// `\w` of Oniguruma in a set: without the joiners.
  case setWord
  /// `\w` of Oniguruma elsewhere: six numbers and fractions of Latin-1 more.
  case patternWord
  /// `\d`
  case decimalDigit
  /// `char::is_numeric`: categories Nd, Nl, No of Unicode 17.
  case numeric
  /// `\p{…}` with a general category, or the first letter of several.
  case category(GeneralCategories)
  /// `\p{Han}`, `\p{Hiragana}`, `\p{Katakana}` and `\p{Hangul}`.
  case script(Script)
  /// Categories M… of Unicode 9.
  case mark
  /// BERT's punctuation: that of ASCII, symbols included, and categories P… of Unicode 8.
  case bertPunctuation
  /// What BERT's normalizer removes: categories Cc, Cf, Co of Unicode 8 but tab, line feed, carriage return.
  case bertControl
  /// Category Mn of Unicode 8: the accents that BERT's normalizer removes.
  case bertAccent

  func holds(for scalar: Unicode.Scalar) -> Bool {
    switch self {
    case .whiteSpace: ScalarClass(scalar) == .space
    case .word: Self.isWord(scalar)
    case .setWord: !scalar.properties.isJoinControl && Self.isWord(scalar)
    case .patternWord: Self.isPatternWord(scalar)
    case .decimalDigit: Self.category(scalar) == .decimalNumber
    case .numeric: GeneralCategories.numbers.contains(Self.category(scalar, atMost: 17))
    case .category(let categories): categories.contains(Self.category(scalar))
    case .script(let script): script.contains(scalar)
    case .mark: Self.isMark(scalar)
    case .bertPunctuation: Self.isBERTPunctuation(scalar)
    case .bertControl: Self.isBERTControl(scalar)
    case .bertAccent: Self.isBERTAccent(scalar)
    }
  }

  /// The general category in the tables of a version of Unicode.
  private static func category(_ scalar: Unicode.Scalar, atMost version: Int = 16) -> Unicode.GeneralCategory {
    if (scalar.properties.age?.major ?? 0) > version { return .unassigned }
    if scalar.value == 0x295 { return .lowercaseLetter }  // without case since 17
    return scalar.properties.generalCategory
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch category(scalar) {
    case .unassigned: false
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: true
    default: scalar.properties.isAlphabetic || scalar.properties.isJoinControl
    }
  }

  private static func isPatternWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0xB2, 0xB3, 0xB9, 0xBC...0xBE: true
    default: !scalar.properties.isJoinControl && isWord(scalar)
    }
  }

  private static func isBERTPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    case 0x166D, 0x111C9: true  // other categories since
    default: GeneralCategories.punctuation.contains(category(scalar, atMost: 8))
    }
  }

  private static func isBERTControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D: return false
    default: break
    }
    switch category(scalar, atMost: 8) {
    case .control, .format, .privateUse, .surrogate: return true
    default: return false
    }
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1CF2, 0x1CF3: true  // letters since
    case 0x111C9: false  // a mark since
    default: GeneralCategories.marks.contains(category(scalar, atMost: 9))
    }
  }

  private static func isBERTAccent(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1734, 0x1171E: true  // other categories since
    case 0x1885, 0x1886, 0xA9BD, 0x111C9: false  // accents since
    default: category(scalar, atMost: 8) == .nonspacingMark
    }
  }
}
