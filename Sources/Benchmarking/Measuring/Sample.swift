package import JSON

/// Measurements of one thing, repeated.
package struct Sample: Hashable, Sendable {
  /// As they were taken.
  package let values: [Double]

  /// Measurements; at least one.
  package init(_ values: [Double]) { self.values = values }

  /// The middle one, or the mean of the two in the middle.
  package var median: Double { Self.percentile(50, of: values) }
  /// The smallest.
  package var minimum: Double { values.min() ?? .nan }
  /// The largest.
  package var maximum: Double { values.max() ?? .nan }
  /// How far they lie apart, as a part of the median.
  package var spread: Double { median > 0 ? (maximum - minimum) / median : 0 }

  /// The value that so many percent do not exceed, between two by their distance.
  package static func percentile(_ percent: Double, of values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    let place = percent / 100 * Double(sorted.count - 1)
    let (lower, upper) = (sorted[Int(place)], sorted[min(Int(place) + 1, sorted.count - 1)])
    return lower + (upper - lower) * (place - place.rounded(.down))
  }
}

extension Sample {
  package var json: JSON {
    [
      "median": .number(median), "min": .number(minimum), "max": .number(maximum), "spread": .number(spread),
      "values": .array(values.map { .number($0) }),
    ]
  }

  /// Reads the form that ``json`` writes.
  package init?(_ json: JSON?) {
    guard let values = json?["values"]?.array?.compactMap(\.number), !values.isEmpty else { return nil }
    self.values = values
  }
}
