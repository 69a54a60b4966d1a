/// The classes that GPT-2's pattern tells characters apart by, in the tables of Unicode 16.
///
/// They are those of `tokenizers` 0.23. Characters that came later count as unassigned, so that a text's tokens do not
/// change with the Swift library's tables.
enum ScalarClass {
  /// `\p{L}`
  case letter
  /// `\p{N}`, which holds "①" and "Ⅷ" too
  case number
  /// `\s`: White_Space
  case space
  /// `[^\s\p{L}\p{N}]`: marks, punctuation, symbols, controls, unassigned
  case other

  init(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x61...0x7A, 0x41...0x5A: self = .letter
    case 0x30...0x39: self = .number
    case 0x20, 0x09...0x0D: self = .space
    case 0..<0x80: self = .other
    default: self = ScalarClass(properties: scalar.properties)
    }
  }

  private init(properties: Unicode.Scalar.Properties) {
    switch properties.generalCategory {
    case _ where (properties.age?.major ?? 0) > 16: self = .other
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
    case .decimalNumber, .letterNumber, .otherNumber: self = .number
    default: self = properties.isWhitespace ? .space : .other
    }
  }
}
