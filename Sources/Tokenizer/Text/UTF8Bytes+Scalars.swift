extension [UInt8] {
  /// Well-formed UTF-8 as scalars.
  var scalars: [Unicode.Scalar] {
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(count)
    var index = 0
    while index < count {
      let scalar = scalar(at: index)
      scalars.append(scalar)
      index += UTF8.width(scalar)
    }
    return scalars
  }

  /// Scalars as UTF-8.
  init(scalars: some Sequence<Unicode.Scalar>) {
    self = []
    for scalar in scalars { append(scalar) }
  }

  /// Appends a scalar as UTF-8.
  mutating func append(_ scalar: Unicode.Scalar) {
    if scalar.isASCII {
      append(UInt8(truncatingIfNeeded: scalar.value))
    } else {
      append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
  }

  /// Whether there are only bytes below 0x80.
  var isASCII: Bool { allSatisfy { $0 < 0x80 } }

  /// With each occurrence of a text, from the left, replaced by another.
  func replacing(_ old: [UInt8], by new: [UInt8]) -> [UInt8] {
    guard let first = old.first, count >= old.count else { return self }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var index = 0
    while index < count {
      if self[index] == first, self[index...].starts(with: old) {
        result += new
        index += old.count
      } else {
        result.append(self[index])
        index += 1
      }
    }
    return result
  }
}
