/// The characters that one place of a ``Pattern`` matches.
struct ScalarSet: Sendable {
  /// One of the things that a set is made of.
  enum Item: Sendable {
    case range(ClosedRange<UInt32>)
    case property(ScalarProperty)
    case set(ScalarSet)
  }

  private let items: [Item]
  private let isNegated: Bool
  /// Whether a character counts with its other case.
  private let ignoresCase: Bool
  /// The answers for ASCII.
  private var ascii: (UInt64, UInt64) = (0, 0)

  init(_ items: [Item], isNegated: Bool = false, ignoresCase: Bool = false) {
    self.items = items
    self.isNegated = isNegated
    self.ignoresCase = ignoresCase
    for value in UInt8(0)..<64 where search(Unicode.Scalar(value)) { ascii.0 |= 1 << value }
    for value in UInt8(0)..<64 where search(Unicode.Scalar(value + 64)) { ascii.1 |= 1 << value }
  }

  init(_ property: ScalarProperty, isNegated: Bool = false) { self.init([.property(property)], isNegated: isNegated) }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<64: ascii.0 >> scalar.value & 1 != 0
    case 64..<128: ascii.1 >> (scalar.value - 64) & 1 != 0
    default: search(scalar)
    }
  }

  private func search(_ scalar: Unicode.Scalar) -> Bool {
    (hasItem(for: scalar) || ignoresCase && Self.otherCases(of: scalar).contains(where: hasItem)) != isNegated
  }

  private func hasItem(for scalar: Unicode.Scalar) -> Bool {
    items.contains { item in
      switch item {
      case .range(let range): range.contains(scalar.value)
      case .property(let property): property.holds(for: scalar)
      case .set(let set): set.contains(scalar)
      }
    }
  }

  /// The characters that differ from one only in case, as far as they are single: of "K" also "K", the Kelvin sign.
  private static func otherCases(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    let cases = [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping].compactMap(single)
    return cases + cases.compactMap { single($0.properties.lowercaseMapping) }
  }

  private static func single(_ text: String) -> Unicode.Scalar? {
    text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
  }
}
