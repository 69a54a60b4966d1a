/// Which values of a setting can be used.
struct SettingRange<Value: Sendable>: Sendable {
  /// A value's fault, as the rest of a sentence; nil for one that can be used.
  let problem: @Sendable (Value) -> String?

  /// Every value that can be read.
  static var any: Self { SettingRange { _ in nil } }
}

extension SettingRange<Double> {
  static let positive = numbers("above 0 and finite") { $0 > 0 && $0.isFinite }
  static let share = numbers("from 0 to 1") { $0 >= 0 && $0 <= 1 }
  static let shareAboveZero = numbers("above 0 and at most 1") { $0 > 0 && $0 <= 1 }

  /// Numbers that are in range as they are given and as fp32, in which the logits are.
  private static func numbers(
    _ requirement: String, _ contains: @escaping @Sendable (Double) -> Bool
  ) -> Self {
    SettingRange { value in
      guard contains(value) else { return "must be \(requirement), found \(shortest(value))" }
      let single = Float(value)
      // Devices may flush subnormal numbers to zero.
      let isTooSmall = single.isZero || single.isSubnormal
      guard contains(isTooSmall ? 0 : Double(single)) else {
        return
          "must be \(requirement), found \(shortest(value)), which is too \(isTooSmall ? "small" : "large") for fp32"
      }
      return nil
    }
  }

  /// `-1` rather than `-1.0`, as a person would write it.
  private static func shortest(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension SettingRange<Int> {
  static let countOrOff = integers(0...Int(Int32.max), "0 (off) to \(Int32.max)")

  static func integers(_ range: ClosedRange<Int>) -> Self {
    integers(range, "from \(range.lowerBound) to \(range.upperBound)")
  }

  private static func integers(_ range: ClosedRange<Int>, _ requirement: String) -> Self {
    SettingRange { range.contains($0) ? nil : "must be \(requirement), found \($0)" }
  }
}

extension SettingRange<[[Int32]]> {
  static let tokenLists = SettingRange { lists in
    if lists.contains(where: \.isEmpty) { return "must be lists of at least one token id, found an empty list" }
    return lists.joined().first { $0 < 0 }.map { "must be token ids of 0 and above, found \($0)" }
  }
}
