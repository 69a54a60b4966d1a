internal import System
internal import JSON

/// An item's name, the same in every run and on every machine.
///
/// A string and a number that are spelled the same are the same id: `"7"`, `7` and `7.0`.
struct ItemID: Sendable {
  /// As the item gave it.
  let json: JSON
  /// A string's bytes, a number's decimal digits.
  private let bytes: [UInt8]

  /// A string or a whole number; nil for anything else.
  init?(_ json: JSON) {
    switch json {
    case .string(let text): bytes = Array(text.utf8)
    case .integer(let number): bytes = Array(String(number).utf8)
    case .number:  // 7.0, as pandas writes a column of whole numbers that has gaps
      guard let number = json.integer else { return nil }
      bytes = Array(String(number).utf8)
    default: return nil
    }
    self.json = json
  }

  /// The id of an item that gives none: the number of its line, counted from 1.
  init(line: Int) {
    json = .integer(line)
    bytes = Array(String(line).utf8)
  }

  /// The item's part of the key of its random numbers, and the number that shards go by: FNV-1a in 64 bits, mixed.
  var key: UInt64 { MurmurHash3.mix(FNV1a64(bytes).value) }

  /// Stands for the id in sets.
  var mark: ItemMark { ItemMark(kind: "i", bytes) }

  /// Stands for the item that has the id at a place of the input.
  func mark(at index: Int) -> ItemMark { ItemMark(kind: "p", bytes + [0] + Array(String(index).utf8)) }
}

/// Stands for an item among those that are done: 16 bytes, whatever the item is called.
struct ItemMark: Hashable, Sendable {
  private let hash: UInt128

  fileprivate init(kind: Unicode.Scalar, _ bytes: some Sequence<UInt8>) {
    var hash = FNV1a128()
    hash.combine(CollectionOfOne(UInt8(ascii: kind)))
    hash.combine(bytes)
    self.hash = hash.value
  }

  /// An item that has no id of its own, because its line cannot be read or its id is another's, by its place.
  init(index: Int) { self.init(kind: "n", String(index).utf8) }
}
