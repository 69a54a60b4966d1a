internal import CUnicode

/// What characters decompose into and are composed of, as `tokenizers` 0.23 has it; from `decompositions.txt`.
///
/// Hangul syllables are computed (Unicode 16, section 3.12). Marks that came after Unicode 9 have no class, as there.
struct Decompositions: Sendable {
  static let shared = Decompositions()

  private var canonical: [UInt32: [Unicode.Scalar]] = [:]
  private var compatible: [UInt32: [Unicode.Scalar]] = [:]
  /// By the first character, above 32 bits, and the second.
  private var compositions: [UInt64: Unicode.Scalar] = [:]

  private init() {
    var composed: [(scalar: Unicode.Scalar, parts: [Unicode.Scalar])] = []
    let text = String(
      decoding: UnsafeRawBufferPointer(start: unicode_decompositions, count: unicode_decompositions_size), as: UTF8.self
    )
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: " "))
      let scalars = fields.enumerated().compactMap { index, field in
        index == 1 ? nil : UInt32(Substring(field), radix: 16).flatMap(Unicode.Scalar.init)
      }
      guard let scalar = scalars.first, fields.count > 2, let kind = fields[1].first else { continue }
      let parts = Array(scalars.dropFirst())
      if kind == UInt8(ascii: "K") { compatible[scalar.value] = parts } else { canonical[scalar.value] = parts }
      if kind == UInt8(ascii: "C") { composed.append((scalar, parts)) }
    }
    // All but the last part of a composed character are one themselves, of fewer parts.
    for (scalar, parts) in composed.sorted(by: { $0.parts.count < $1.parts.count }) {
      var first: Unicode.Scalar? = parts[0]
      for part in parts.dropFirst().dropLast() { first = first.flatMap { compositions[Self.key($0, part)] } }
      if let first, let last = parts.last { compositions[Self.key(first, last)] = scalar }
    }
  }

  private static func key(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> UInt64 {
    UInt64(first.value) << 32 | UInt64(second.value)
  }

  func append(_ scalar: Unicode.Scalar, isCompatible: Bool, to scalars: inout [Unicode.Scalar]) {
    if let parts = isCompatible ? compatible[scalar.value] : nil {
      scalars += parts
    } else if let parts = canonical[scalar.value] {
      scalars += parts
    } else if Hangul.syllables.contains(scalar.value) {
      Hangul.append(scalar.value - Hangul.syllables.lowerBound, to: &scalars)
    } else {
      scalars.append(scalar)
    }
  }

  func composition(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    compositions[Self.key(first, second)] ?? Hangul.composition(first.value, second.value)
  }

  /// The canonical combining class: how marks of one base are ordered.
  static func combiningClass(_ scalar: Unicode.Scalar) -> UInt8 {
    guard scalar.value >= 0x300 else { return 0 }
    let value = scalar.properties.canonicalCombiningClass.rawValue
    return value != 0 && (scalar.properties.age?.major ?? 0) > 9 ? 0 : value
  }
}

/// The arithmetic of Hangul syllables.
private enum Hangul {
  static let syllables: Range<UInt32> = 0xAC00..<0xAC00 + 11172
  private static let leading: Range<UInt32> = 0x1100..<0x1113
  private static let vowels: Range<UInt32> = 0x1161..<0x1176
  /// Without the first, which stands for none.
  private static let trailing: Range<UInt32> = 0x11A8..<0x11C3

  static func append(_ index: UInt32, to scalars: inout [Unicode.Scalar]) {
    let parts = [leading.lowerBound + index / 588, vowels.lowerBound + index % 588 / 28]
    scalars += parts.compactMap(Unicode.Scalar.init)
    if index % 28 != 0 { scalars += [Unicode.Scalar(trailing.lowerBound - 1 + index % 28)].compactMap(\.self) }
  }

  static func composition(_ first: UInt32, _ second: UInt32) -> Unicode.Scalar? {
    if leading.contains(first), vowels.contains(second) {
      let index = (first - leading.lowerBound) * 588 + (second - vowels.lowerBound) * 28
      return Unicode.Scalar(syllables.lowerBound + index)
    }
    if syllables.contains(first), (first - syllables.lowerBound) % 28 == 0, trailing.contains(second) {
      return Unicode.Scalar(first + second - trailing.lowerBound + 1)
    }
    return nil
  }
}
