extension Double {
  /// The number with so many decimal places, as `printf("%.*f")` writes it; `-` where it is no number.
  package func fixed(_ places: Int) -> String {
    guard isFinite, magnitude < 1e15 else { return isFinite ? description : "-" }
    let unit = (0..<places).reduce(1) { unit, _ in unit * 10 }
    // Places that a Double does not have are zeros.
    let scaled = magnitude * Double(unit)
    guard let digits = Int(exactly: scaled.rounded()) else { return description }
    let fraction = String(digits % unit)
    let sign = self < 0 && digits > 0 ? "-" : ""
    return sign + String(digits / unit)
      + (places > 0 ? "." + String(repeating: "0", count: places - fraction.count) + fraction : "")
  }

  /// The number with about three digits that count, and no exponent for usual measurements: 0.123, 12.3, 1235.
  package var short: String {
    switch magnitude {
    case 0: "0"
    case ..<0.1: fixed(4)
    case ..<1: fixed(3)
    case ..<10: fixed(2)
    case ..<100: fixed(1)
    default: fixed(0)
    }
  }
}
