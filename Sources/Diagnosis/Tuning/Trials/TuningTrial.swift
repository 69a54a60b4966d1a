/// An operation with made-up numbers on a device, to be run again and again.
protocol TuningTrial {
  /// Enqueues it once, on one of several sets of weights, so that no cache holds those of the next round.
  func enqueue(round: Int) throws
  /// Whether the host's clock times it, because launches that are timed by the device are others.
  var isTimedByHost: Bool { get }
  /// The numbers that come of it, from the same start each time, at the sizes that share a choice.
  func numbers() throws -> [[UInt32]]
}

extension TuningTrial {
  var isTimedByHost: Bool { false }
}
