/// The value at which a running weight, in ascending order of the values, reaches a wanted weight.
///
/// A radix selection: three passes at most, no sorting, and exact, since the weights are integers. With weights of one
/// it finds the k-th smallest value; with masses, the edge of a nucleus. The kernels `Kernels/*/sampling*.cl` do the same.
struct WeightedSelection {
  /// The value found.
  private(set) var value: UInt32
  /// The weight of all elements up to and including the value: at least the wanted weight.
  private(set) var reached: UInt64

  private static let digitBits = 11

  /// Selects among `count` elements. `wanted` must be at least 1 and at most the weight of all elements.
  @inline(__always)
  init(wanted: UInt64, of count: Int, value: (Int) -> UInt32, weight: (Int) -> UInt64) {
    var low = UInt32.max
    var high = UInt32.min
    for index in 0..<count {
      low = min(low, value(index))
      high = max(high, value(index))
    }
    var bits = max(1, UInt32.bitWidth - (high &- low).leadingZeroBitCount)
    reached = 0
    var bins = [UInt64](repeating: 0, count: 1 << Self.digitBits)
    while bits > 0 {
      // The elements that share the digits found so far lie in low ..< low + 2^bits.
      let shift = UInt32(max(0, bits - Self.digitBits))
      for bin in bins.indices { bins[bin] = 0 }
      for index in 0..<count {
        let offset = UInt64(value(index)) &- UInt64(low)
        if offset >> UInt64(bits) == 0 { bins[Int(offset >> UInt64(shift))] += weight(index) }
      }
      var digit = 0
      while digit < bins.count - 1, reached + bins[digit] < wanted {
        reached += bins[digit]
        digit += 1
      }
      if shift == 0 { reached += bins[digit] }
      low += UInt32(digit) << shift
      bits = Int(shift)
    }
    self.value = low
  }
}
