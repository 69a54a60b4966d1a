internal import Backend

/// How the simt family's products take a sum over K: steps make parts, parts make slices, each added in its order.
/// It depends on K alone; simt/linear.h has the same.
struct SIMTSum: Hashable {
  /// Words of 32 bits of a row's operands: one k each, for bf16 two, for int8 four.
  let steps: Int
  /// Steps of a part, which one team of work-items adds up.
  let partSteps: Int
  /// Parts of a slice: what work-groups may share is slices.
  let sliceParts: Int

  /// `LEAST_PART` and `MOST_PARTS`.
  static let (leastPart, mostParts) = (8, 256)

  init(_ layout: PackedLayout, k: Int) {
    let groups = roundUp(k, to: PackedLayout.group) / PackedLayout.group
    switch layout.precision {
    case .fp32, .fp16: steps = k
    case .bf16: steps = (k + 1) / 2
    case .int8, .int4: steps = groups * PackedLayout.group / 4
    }
    var part = Self.leastPart
    if !layout.hasIntegers { while part * Self.mostParts < steps { part *= 2 } }
    partSteps = part
    sliceParts = layout.hasIntegers ? PackedLayout.group / 4 / part : 8
  }

  var slices: Int { (steps + sliceParts * partSteps - 1) / (sliceParts * partSteps) }
  /// Whether the last part is no multiple of what is loaded together.
  var hasTail: Bool { !steps.isMultiple(of: Self.leastPart) }
}
