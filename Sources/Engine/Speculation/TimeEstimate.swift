/// A time that is measured again and again, where whatever else happens only ever adds to it.
struct TimeEstimate {
  /// Nil before the second time.
  private(set) var seconds: Double?
  private var isFirst = true

  /// How far a shorter and a longer time are followed.
  private static let (down, up) = (0.5, 0.1)
  /// A time is not taken for longer than so many times the one before: something else took it.
  private static let longest = 2.0

  /// Takes in a time.
  ///
  /// - Parameter bound: It is taken for no longer than this.
  mutating func record(_ time: Double, bound: Double = .infinity) {
    // Kernels are compiled or loaded the first time.
    if isFirst { return isFirst = false }
    let time = min(time, bound)
    guard let before = seconds else { return seconds = time }
    seconds = before + (time < before ? Self.down : Self.up) * (min(time, Self.longest * before) - before)
  }

  /// Forgets what was measured.
  mutating func forget() { seconds = nil }
}
