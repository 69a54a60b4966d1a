/// How often a quantity had which size, as Prometheus counts it: in buckets up to bounds.
struct Histogram: Sendable {
  private let bounds: [Double]
  /// (bounds + 1) one for what is larger than all.
  private var counts: [Int]
  private var sum = 0.0

  init(_ bounds: [Double]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  /// Bounds for times of milliseconds to minutes.
  static let seconds = Histogram([
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
  ])
  /// Bounds for numbers of tokens.
  static let tokens = Histogram((0...12).map { Double(1 << $0) })

  mutating func observe(_ value: Double) {
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
    sum += value
  }

  mutating func observe(_ time: Duration) { observe(time / .seconds(1)) }

  /// The samples of a metric, each bucket with all smaller ones.
  func samples(_ name: String, _ labels: String) -> String {
    var text = ""
    var total = 0
    for (bound, count) in zip(bounds.map { $0.description } + ["+Inf"], counts) {
      total += count
      text += "\(name)_bucket{\(labels),le=\"\(bound)\"} \(total)\n"
    }
    return text + "\(name)_sum{\(labels)} \(sum)\n\(name)_count{\(labels)} \(total)\n"
  }
}
