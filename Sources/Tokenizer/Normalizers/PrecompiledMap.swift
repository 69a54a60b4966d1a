/// SentencePiece's compiled normalizer: a trie from the spellings of characters to others (`precompiled_charsmap`).
///
/// The bytes are those of a file: each step of the search stays within them.
struct PrecompiledMap: Sendable {
  /// Units of a double array (darts-clone).
  private let units: [UInt32]
  /// The replacements, each ended by a 0.
  private let replacements: [UInt8]
  /// How many times longer than the text its result may be: one byte may become the longest replacement.
  let growth: Double

  /// - Returns: nil for bytes that are no such map.
  init?(_ bytes: [UInt8]) {
    func unit(_ index: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << (8 * $1) } }
    guard bytes.count >= 4, case let size = Int(unit(0)), size % 4 == 0, size <= bytes.count - 4 else { return nil }
    units = stride(from: 4, to: 4 + size, by: 4).map(unit)
    replacements = Array(bytes[(4 + size)...])
    guard String(validating: replacements, as: UTF8.self) != nil else { return nil }
    growth = max(1, Double(replacements.split(separator: 0).map(\.count).max() ?? 0))
  }

  /// A grapheme cluster of up to five bytes is looked for as a whole, then each of its characters.
  ///
  /// What the trie holds first counts, even where it is only a part of what is looked for.
  func apply(to text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    // Of long runs of marks clusters grow long; they are never compared, only measured.
    for cluster in String(decoding: text, as: UTF8.self) {
      let bytes = Array(String(cluster).utf8)
      if bytes.count < 6, let replacement = replacement(of: bytes[...]) {
        result += replacement
        continue
      }
      var start = 0
      while start < bytes.count {
        let end = start + UTF8.width(bytes.scalar(at: start))
        result += replacement(of: bytes[start..<end]) ?? bytes[start..<end]
        start = end
      }
    }
    return result
  }

  private func replacement(of key: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let start = firstValue(of: key), start < replacements.count, replacements[start] & 0xC0 != 0x80 else {
      return nil
    }
    let end = replacements[start...].firstIndex(of: 0) ?? replacements.count
    return replacements[start..<end]
  }

  /// The value of the shortest beginning of a key that the trie holds.
  private func firstValue(of key: ArraySlice<UInt8>) -> Int? {
    guard let root = units.first else { return nil }
    var place = Int(Self.offset(root))
    for byte in key {
      if byte == 0 { return nil }
      place ^= Int(byte)
      guard place < units.count, case let unit = units[place], unit & (1 << 31 | 0xFF) == UInt32(byte) else {
        return nil
      }
      place ^= Int(Self.offset(unit))
      if unit >> 8 & 1 == 1 {
        guard place < units.count else { return nil }
        return Int(units[place] & (1 << 31 - 1))
      }
    }
    return nil
  }

  private static func offset(_ unit: UInt32) -> UInt32 { (unit >> 10) << ((unit & (1 << 9)) >> 6) }
}
