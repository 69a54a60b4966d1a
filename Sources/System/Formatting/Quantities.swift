extension Int {
  /// `1 item`, `2 items`.
  package func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}

extension Double {
  /// With one digit after the point below 100, and none above.
  package var rounded1: String { fixed(magnitude < 100 ? 1 : 0) }
}

extension Duration {
  /// `1.2 s`.
  package var seconds: String { "\((self / .seconds(1)).rounded1) s" }

  /// `12 s`, `3 min`, `2 h 5 min`.
  package var remaining: String {
    let seconds = Int((self / .seconds(1)).rounded(.up))
    if seconds < 100 { return "\(seconds) s" }
    let minutes = (seconds + 30) / 60
    return minutes < 100 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}
