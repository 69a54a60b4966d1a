/// How far a device's numbers lie from the right ones.
struct NumberComparison {
  /// The largest error, relative where the right number is above one; infinite for NaN.
  private(set) var largestError = 0.0
  /// The largest error that is too large, in words.
  private(set) var wrong: String?
  private var largestExcess = 0.0

  /// Compares rows of numbers.
  ///
  /// - Parameter place: A name for the computation, such as its sizes.
  mutating func compare(
    _ found: [Float], with expected: [[Double]], within tolerance: Double, _ place: @autoclosure () -> String
  ) {
    let columns = expected.first?.count ?? 0
    let expected = expected.flatMap(\.self)
    guard found.count == expected.count else {
      return note("\(found.count) numbers", where: "\(expected.count)", place())
    }
    for (index, (number, right)) in zip(found, expected).enumerated() {
      let difference = abs(Double(number) - right) / max(1, abs(right))
      let error = difference.isNaN ? .infinity : difference
      largestError = max(largestError, error)
      guard error > tolerance, error > largestExcess else { continue }
      largestExcess = error
      wrong = "\(number) where \(Float(right)) is right: \(place()), row \(index / columns), column \(index % columns)"
    }
  }

  /// Adds something that is wrong altogether, unless that was seen before.
  mutating func note(_ found: String, where right: String, _ place: String) {
    largestError = .infinity
    if largestExcess < .infinity { wrong = "\(found) where \(right) is right: \(place)" }
    largestExcess = .infinity
  }
}
