extension String {
  /// The name among some that this one is most likely a slip of; nil where none is near.
  ///
  /// Dashes and underscores count as the same, and so do upper and lower case.
  package func nearest(among names: [String]) -> String? {
    let limit = max(1, count / 3)
    // Names from outside may be long, and no slip is.
    guard count <= 64 else { return nil }
    let name = normalized
    return names.map { ($0, Self.distance(name, $0.normalized)) }.filter { $0.1 <= limit }.min { $0.1 < $1.1 }?.0
  }

  private var normalized: [Character] { Array(lowercased().replacing("_", with: "-")) }

  /// How many letters are to be put in, left out, changed, or swapped with the next to make one name of another.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var (before, previous) = ([Int](), Array(0...b.count))
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var least = Swift.min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = Swift.min(least, before[j - 1] + 1) }
        row.append(least)
      }
      (before, previous) = (previous, row)
    }
    return previous[b.count]
  }
}
