/// A normalization form (Unicode Standard Annex 15).
///
/// The standard library's own is not used: it has no compatible forms, is not public, and follows newer tables.
struct UnicodeForm: Sendable {
  /// NFKC, NFKD rather than NFC, NFD.
  var isCompatible: Bool
  /// NFC, NFKC rather than NFD, NFKD.
  var composes: Bool

  func apply(to text: [UInt8]) -> [UInt8] {
    if text.isASCII { return text }
    let decompositions = Decompositions.shared
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(text.count)
    for scalar in text.scalars { decompositions.append(scalar, isCompatible: isCompatible, to: &scalars) }
    Self.order(&scalars)
    return [UInt8](scalars: composes ? Self.composed(scalars) : scalars)
  }

  /// Orders each run of marks by their classes, those of one class as they were.
  private static func order(_ scalars: inout [Unicode.Scalar]) {
    var start = 0
    while start < scalars.count {
      guard Decompositions.combiningClass(scalars[start]) != 0 else {
        start += 1
        continue
      }
      var keys: [(order: UInt64, scalar: Unicode.Scalar)] = []
      var end = start
      while end < scalars.count, case let rank = Decompositions.combiningClass(scalars[end]), rank != 0 {
        keys.append((UInt64(rank) << 40 | UInt64(end - start), scalars[end]))
        end += 1
      }
      if keys.count > 1 {
        keys.sort { $0.order < $1.order }
        for (index, key) in keys.enumerated() { scalars[start + index] = key.scalar }
      }
      start = end
    }
  }

  private static func composed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    let decompositions = Decompositions.shared
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    var base: Int?
    var lastClass: UInt8 = 0
    for scalar in scalars {
      let rank = Decompositions.combiningClass(scalar)
      // Blocked where a mark of the same or a higher class, or another base, stands between.
      if let base, base == result.count - 1 || lastClass != 0 && lastClass < rank,
        let composition = decompositions.composition(result[base], scalar)
      {
        result[base] = composition
        continue
      }
      if rank == 0 { base = result.count }
      lastClass = rank
      result.append(scalar)
    }
    return result
  }
}
