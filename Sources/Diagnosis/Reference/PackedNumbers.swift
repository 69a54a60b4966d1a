internal import Backend
internal import OpenCLBackend

/// The numbers that packed weights and quantized rows stand for, in the layouts of pack.cl and quantize.cl.
struct PackedNumbers {
  let layout: PackedLayout
  let words: [Stored]

  /// 32 bits from their place.
  private func word(_ index: Int) -> UInt32 {
    UInt32(words[2 * index].bits) | UInt32(words[2 * index + 1].bits) << 16
  }

  private func float(_ index: Int) -> Double { Double(Float(bitPattern: word(index))) }

  /// One of the two bf16 of a word.
  private func half(_ index: Int, _ isHigh: Bool) -> Double {
    Double(Float(bitPattern: isHigh ? word(index) & 0xFFFF_0000 : word(index) << 16))
  }

  /// A packed weight of a matrix (K, N).
  func weight(_ k: Int, _ n: Int, of inputSize: Int) -> Double {
    let (panel, column) = n.quotientAndRemainder(dividingBy: PackedLayout.panelWidth)
    let width = PackedLayout.panelWidth
    switch layout.precision {
    case .fp32: return float((panel * inputSize + k) * width + column)
    case .fp16: return Double(Float16(bitPattern: words[(panel * inputSize + k) * width + column].bits))
    case .bf16: return half((panel * ((inputSize + 1) / 2) + k / 2) * width + column, k % 2 == 1)
    case .int8:
      let (group, place) = k.quotientAndRemainder(dividingBy: PackedLayout.group)
      let groups = roundUp(inputSize, to: PackedLayout.group) / PackedLayout.group
      let start = (panel * groups + group) * (width + PackedLayout.group / 4 * width)
      let quad = word(start + width + place / 4 * width + column)
      return float(start + column) * Double(Int(quad >> UInt32(8 * (place % 4)) & 0xFF) - 128)
    case .int4:
      let (group, place) = k.quotientAndRemainder(dividingBy: PackedLayout.group)
      let groups = roundUp(inputSize, to: PackedLayout.group) / PackedLayout.group
      let start = (panel * groups + group) * (2 * width + PackedLayout.group / 8 * width)
      let quads = word(start + 2 * width + place / 8 * width + column)
      let multipliers = word(start + width + column)
      let multiplier = Int8(truncatingIfNeeded: multipliers >> UInt32(8 * (place / PackedLayout.span)))
      let number = Int(quads >> UInt32(place % 4 * 8 + place / 4 % 2 * 4) & 0xF) - 8
      return float(start + column) * Double(Int(multiplier) * number)
    }
  }

  /// An activation of a quantized row of K that starts at word `start`.
  func quantized(_ k: Int, of inputSize: Int, at start: Int) -> Double {
    switch layout.operandType {
    case .fp32: return float(start + k)
    case .pairs: return half(start + k / 2, k % 2 == 1)
    case .quads: break
    }
    let groups = roundUp(inputSize, to: PackedLayout.group) / PackedLayout.group
    let quad = word(start + 2 * groups + k / 4)
    return float(start + 2 * (k / PackedLayout.group))
      * Double(Int8(truncatingIfNeeded: quad >> UInt32(8 * (k % 4))))
  }

  /// The first wrong offset of a row of quads, which makes up for unsigned weights: -128 times the sum of a group, and in
  /// int4 -8 times that of a span; nil where all are right.
  func wrongOffset(of inputSize: Int, at start: Int) -> (found: Int, right: Int)? {
    guard layout.operandType == .quads else { return nil }
    let groups = roundUp(inputSize, to: PackedLayout.group) / PackedLayout.group
    func sum(_ quads: Range<Int>) -> Int {
      quads.map { word(start + 2 * groups + $0) }.reduce(0) { sum, quad in
        (0..<4).reduce(sum) { $0 + Int(Int8(truncatingIfNeeded: quad >> UInt32(8 * $1))) }
      }
    }
    for group in 0..<groups {
      let sum = sum(group * PackedLayout.group / 4..<(group + 1) * PackedLayout.group / 4)
      let found = Int(Int32(bitPattern: word(start + 2 * group + 1)))
      if found != -128 * sum { return (found, -128 * sum) }
    }
    guard layout.precision == .int4 else { return nil }
    for span in 0..<groups * PackedLayout.group / PackedLayout.span {
      let right = -8 * sum(span * PackedLayout.span / 4..<(span + 1) * PackedLayout.span / 4)
      let found = Int(Int32(bitPattern: word(start + groups * (2 + PackedLayout.group / 4) + span)))
      if found != right { return (found, right) }
    }
    return nil
  }
}
