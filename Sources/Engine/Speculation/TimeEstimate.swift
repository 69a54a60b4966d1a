/// A time that is measured again and again, where whatever else happens only ever adds to it.
struct TimeEstimate {
  /// Nil before the first time that counts.
  private(set) var seconds: Double?
  /// Times that were measured.
  private var count = 0

  /// How far a shorter and a longer time are followed.
  private static let (down, up) = (0.5, 0.1)
  /// Of so many times at first the shortest counts: what they run is loaded in one or the other.
  private static let loading = 4
  /// Kernels are compiled or loaded the first time, unless it is shorter than so many times what was expected.
  private static let longestFirst = 1.25
  /// A time is not taken for longer than so many times the one before, or so many times what was expected where there
  /// is none: something else took it.
  private static let (longest, longestUnknown) = (2.0, 4.0)

  /// Takes in a time.
  ///
  /// - Parameter expected: What it should be by others; nil where nothing tells.
  mutating func record(_ time: Double, expected: Double?) {
    defer { count += 1 }
    if count == 0, time > Self.longestFirst * (expected ?? 0) { return }
    guard let before = seconds else {
      return seconds = expected.map { min(time, Self.longestUnknown * $0) } ?? time
    }
    let down = count < Self.loading ? 1 : Self.down
    seconds = before + (time < before ? down : Self.up) * (min(time, Self.longest * before) - before)
  }

  /// Forgets what was measured.
  mutating func forget() { seconds = nil }
}
