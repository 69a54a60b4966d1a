/// A token's number: its row of the embedding matrix.
public typealias TokenID = Int32

/// The two-way table between pieces, as they are spelled in the vocabulary's file, and ids.
///
/// Pieces are compared byte for byte: as `String`s, those that differ only in normalisation would be one key.
struct Vocabulary: Sendable {
  /// Ids are below this, so that no file can make the tables huge; the largest vocabularies in use have 2^18 entries.
  static let maximumSize = 1 << 20

  /// All spellings in UTF-8, one after another in the order of insertion.
  private var spellings: [UInt8] = []
  /// By id, where its spelling lies; `nil` for ids that no piece has.
  private var extents: [Range<Int>?] = []
  /// A hash table of ids with linear probing; its size is a power of two, at least twice the number of pieces.
  private var slots = [TokenID](repeating: noToken, count: 16)
  /// How many pieces have been entered.
  private(set) var count = 0

  private static let empty = noToken

  /// Stands where there is no token.
  static let noToken: TokenID = -1

  /// Every token and its spelling, in the order of ids.
  var pieces: some Sequence<(id: TokenID, spelling: ArraySlice<UInt8>)> {
    extents.enumerated().lazy.compactMap { id, extent in extent.map { (TokenID(id), spellings[$0]) } }
  }

  /// The largest id + 1.
  var size: Int { extents.count }

  /// Whether a piece has this id.
  func contains(_ id: TokenID) -> Bool { extent(of: id) != nil }

  /// The spelling of a token.
  func piece(_ id: TokenID) -> String? {
    extent(of: id).map { String(decoding: spellings[$0], as: UTF8.self) }
  }

  /// The token that is spelled so.
  func id(of spelling: some Collection<UInt8>) -> TokenID? {
    let id = slots[slot(for: spelling)]
    return id == Self.empty ? nil : id
  }

  mutating func reserveCapacity(_ count: Int) {
    var slotCount = slots.count
    while slotCount < 2 * min(count, Self.maximumSize) { slotCount *= 2 }
    if slotCount > slots.count { rehash(slotCount: slotCount) }
  }

  /// Why a piece cannot be entered.
  enum Clash: Error {
    /// It is there already, with this id.
    case piece(TokenID)
    /// This piece has the id.
    case id(String)
  }

  /// Enters a new piece under a new id, which must be in `0..<maximumSize`.
  mutating func insert(_ spelling: some Collection<UInt8>, id: TokenID) throws(Clash) {
    if 2 * (count + 1) > slots.count { rehash(slotCount: 2 * slots.count) }
    let slot = slot(for: spelling)
    if slots[slot] != Self.empty { throw .piece(slots[slot]) }
    if let other = piece(id) { throw .id(other) }
    slots[slot] = id
    let start = spellings.count
    spellings.append(contentsOf: spelling)
    if Int(id) >= extents.count {
      extents.append(contentsOf: repeatElement(nil, count: Int(id) + 1 - extents.count))
    }
    extents[Int(id)] = start..<spellings.count
    count += 1
  }

  /// Enters a piece that may be there already; its id is then the new one.
  ///
  /// - Parameter keepsOld: Whether the earlier id still stands for the piece.
  mutating func insertAnew(_ spelling: some Collection<UInt8>, id: TokenID, keepsOld: Bool) throws(Clash) {
    let slot = slot(for: spelling)
    guard slots[slot] != Self.empty else { return try insert(spelling, id: id) }
    if let other = piece(id) { throw .id(other) }
    if Int(id) >= extents.count {
      extents.append(contentsOf: repeatElement(nil, count: Int(id) + 1 - extents.count))
    }
    extents[Int(id)] = extents[Int(slots[slot])]
    if !keepsOld { extents[Int(slots[slot])] = nil }
    slots[slot] = id
  }

  private func extent(of id: TokenID) -> Range<Int>? {
    extents.indices.contains(Int(id)) ? extents[Int(id)] : nil
  }

  /// The slot that holds a spelling's id, or the empty one where it belongs.
  private func slot(for spelling: some Collection<UInt8>) -> Int {
    let mask = slots.count - 1
    var slot = Self.hash(spelling) & mask
    while slots[slot] != Self.empty, !isSpelled(slots[slot], spelling) { slot = (slot + 1) & mask }
    return slot
  }

  private func isSpelled(_ id: TokenID, _ spelling: some Collection<UInt8>) -> Bool {
    guard let extent = extents[Int(id)], extent.count == spelling.count else { return false }
    return zip(extent, spelling).allSatisfy { spellings[$0] == $1 }
  }

  /// Seeded anew in every process, so that no file can be made to collide.
  private static func hash(_ spelling: some Collection<UInt8>) -> Int {
    var hasher = Hasher()
    var word: UInt64 = 1  // the leading 1 tells trailing zero bytes from none
    for byte in spelling {
      if word >> 56 != 0 {
        hasher.combine(word)
        word = 1
      }
      word = word << 8 | UInt64(byte)
    }
    hasher.combine(word)
    return hasher.finalize()
  }

  private mutating func rehash(slotCount: Int) {
    slots = [TokenID](repeating: Self.empty, count: slotCount)
    for (id, extent) in extents.enumerated() {
      if let extent { slots[slot(for: spellings[extent])] = TokenID(id) }
    }
  }
}
