internal import System

/// A scale of a chart: numbers to places from 0 to 1, and the numbers that are written beside it.
struct Axis {
  let lower: Double
  let upper: Double
  let isLogarithmic: Bool
  let ticks: [Double]

  /// Where a number lies; 0 is the lower end.
  func place(_ value: Double) -> Double {
    if isLogarithmic { return upper > lower ? log(value / lower) / log(upper / lower) : 0.5 }
    return upper > lower ? (value - lower) / (upper - lower) : 0.5
  }

  /// From zero to a round number above the largest.
  static func fromZero(to largest: Double) -> Axis {
    let largest = largest > 0 ? largest : 1
    let decade = pow(10, floor(log10(largest / 4)))
    let step = [1, 2, 5, 10].map { $0 * decade }.first { largest / $0 <= 5 } ?? 10 * decade
    let count = Int(ceil(largest / step - 1e-9))
    return Axis(
      lower: 0, upper: step * Double(count), isLogarithmic: false, ticks: (0...count).map { step * Double($0) })
  }

  /// Whole decades, from below the smallest to above the largest.
  static func decades(_ values: [Double]) -> Axis {
    let positive = values.filter { $0 > 0 && $0.isFinite }
    let lower = floor(log10(positive.min() ?? 1) + 1e-9)
    let upper = max(ceil(log10(positive.max() ?? 10) - 1e-9), lower + 1)
    return Axis(
      lower: pow(10, lower), upper: pow(10, upper), isLogarithmic: true,
      ticks: stride(from: lower, through: upper, by: 1).map { pow(10, $0) })
  }

  /// The values themselves, by their logarithms, with room at both ends.
  static func values(_ values: [Double]) -> Axis {
    let sorted = Set(values).sorted()
    guard let first = sorted.first, let last = sorted.last, first < last else {
      return Axis(lower: (sorted.first ?? 1) / 2, upper: (sorted.first ?? 1) * 2, isLogarithmic: true, ticks: sorted)
    }
    let room = pow(last / first, 0.06)
    return Axis(lower: first / room, upper: last * room, isLogarithmic: true, ticks: sorted)
  }
}

extension Double {
  /// A tick's number: 0.01, 5, 250, 1,500, 20k, 3M.
  var tick: String {
    switch magnitude {
    case 1e6...: (self / 1e6).trimmed + "M"
    case 1e4...: (self / 1e3).trimmed + "k"
    default: trimmed.grouped
    }
  }

  /// As few decimal places as say the same.
  private var trimmed: String {
    for places in 0..<4 where abs(self - (Double(fixed(places)) ?? .nan)) <= magnitude * 1e-6 { return fixed(places) }
    return description
  }
}

extension String {
  /// Digits before the point in groups of three: 12,345.6.
  var grouped: String {
    let parts = split(separator: ".", maxSplits: 1)
    guard let whole = parts.first, whole.count > 3, whole.allSatisfy(\.isNumber) else { return self }
    var text = ""
    for (index, digit) in whole.enumerated() {
      if index > 0, (whole.count - index).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return parts.count > 1 ? "\(text).\(parts[1])" : text
  }
}
