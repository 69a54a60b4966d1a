/// A set of general categories of characters (Unicode 16, section 4.5).
struct GeneralCategories: OptionSet, Sendable {
  let rawValue: UInt32

  init(rawValue: UInt32) { self.rawValue = rawValue }

  private init(_ category: Unicode.GeneralCategory) { rawValue = 1 << UInt32(Self.place(of: category)) }

  func contains(_ category: Unicode.GeneralCategory) -> Bool { isSuperset(of: GeneralCategories(category)) }

  /// All of category P….
  static let punctuation = GeneralCategories(named: "P") ?? []

  /// All of category M….
  static let marks = GeneralCategories(named: "M") ?? []

  /// All of category N….
  static let numbers = GeneralCategories(named: "N") ?? []

  /// By a category's short name, such as "Lu", or the letter of several, such as "L".
  init?(named name: String) {
    let found = Self.names.filter { $0.name.utf8.elementsEqual(name.utf8) || $0.name.utf8.first == Self.letter(name) }
    if found.isEmpty { return nil }
    self = found.reduce(into: []) { $0.formUnion(GeneralCategories($1.category)) }
  }

  private static func letter(_ name: String) -> UInt8? { name.utf8.count == 1 ? name.utf8.first : nil }

  private static func place(of category: Unicode.GeneralCategory) -> Int {
    names.firstIndex { $0.category == category } ?? names.count
  }

  private static let names: [(name: String, category: Unicode.GeneralCategory)] = [
    ("Lu", .uppercaseLetter), ("Ll", .lowercaseLetter), ("Lt", .titlecaseLetter), ("Lm", .modifierLetter),
    ("Lo", .otherLetter), ("Mn", .nonspacingMark), ("Mc", .spacingMark), ("Me", .enclosingMark),
    ("Nd", .decimalNumber), ("Nl", .letterNumber), ("No", .otherNumber), ("Pc", .connectorPunctuation),
    ("Pd", .dashPunctuation), ("Ps", .openPunctuation), ("Pe", .closePunctuation), ("Pi", .initialPunctuation),
    ("Pf", .finalPunctuation), ("Po", .otherPunctuation), ("Sm", .mathSymbol), ("Sc", .currencySymbol),
    ("Sk", .modifierSymbol), ("So", .otherSymbol), ("Zs", .spaceSeparator), ("Zl", .lineSeparator),
    ("Zp", .paragraphSeparator), ("Cc", .control), ("Cf", .format), ("Co", .privateUse), ("Cs", .surrogate),
    ("Cn", .unassigned),
  ]
}
