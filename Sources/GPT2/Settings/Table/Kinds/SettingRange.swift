internal import JSON

/// Which values of a setting can be used.
struct SettingRange<Value: Sendable>: Sendable {
  /// What a JSON Schema says of it.
  var schema: [JSON.Member] = []
  /// A value's fault, as the rest of a sentence; nil for one that can be used.
  let problem: @Sendable (Value) -> String?

  /// Every value that can be read.
  static var any: Self { SettingRange { _ in nil } }
}

extension SettingRange<Double> {
  static let positive = numbers("above 0 and finite", ["exclusiveMinimum": 0]) { $0 > 0 && $0.isFinite }
  static let finite = numbers("finite", [:]) { $0.isFinite }
  static let share = numbers("from 0 to 1", ["minimum": 0, "maximum": 1]) { $0 >= 0 && $0 <= 1 }
  static let shareAboveZero = numbers("above 0 and at most 1", ["exclusiveMinimum": 0, "maximum": 1]) {
    $0 > 0 && $0 <= 1
  }
  static let shareOrOff = numbers("0 (off), or up to 1", ["minimum": 0, "maximum": 1]) { $0 >= 0 && $0 <= 1 }
  static let shareBelowOneOrOff = numbers("0 (off), or below 1", ["minimum": 0, "exclusiveMaximum": 1]) {
    $0 >= 0 && $0 < 1
  }
  /// As many as 30 years, which every clock can count.
  static let secondsOrOff = numbers("0 (off), or up to 1000000000 seconds", ["minimum": 0, "maximum": 1_000_000_000]) {
    $0 >= 0 && $0 <= 1e9
  }
  /// OpenAI's of its penalties.
  static let penalty = numbers("from -2 to 2", ["minimum": -2, "maximum": 2]) { abs($0) <= 2 }

  /// Numbers that are in range as they are given and as fp32, in which the logits are.
  private static func numbers(
    _ requirement: String, _ bounds: KeyValuePairs<String, Int>, _ contains: @escaping @Sendable (Double) -> Bool
  ) -> Self {
    SettingRange(schema: bounds.map { JSON.Member($0, .integer($1)) }) { value in
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
  static func shortest(_ value: Double) -> String {
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
    SettingRange(schema: [
      JSON.Member("minimum", .integer(range.lowerBound)), JSON.Member("maximum", .integer(range.upperBound)),
    ]) { range.contains($0) ? nil : "must be \(requirement), found \($0)" }
  }
}
