package import OpenCLBackend

/// What became of a search.
package struct TuningReport: Sendable {
  /// What was looked at, in its order.
  package var results: [TuningResult] = []
  /// Operations that the kernels leave nothing open of.
  package var nothingOpen: [TuningTask] = []
  /// Operations that the time did not do for.
  package var leftOut: [TuningTask] = []

  /// Nothing yet.
  package init() {}
}

/// What was found of one operation.
package struct TuningResult: Sendable {
  package let task: TuningTask
  /// What is used where nobody has tuned, and how long that takes, in seconds.
  package let usual: Timed
  /// The best, which is the usual where nothing is clearly faster.
  package let best: Timed
  /// Choices that were compared with it.
  package let tried: Int
  /// Those that cannot be used, and why.
  package let rejected: [Rejection]

  /// A choice and its time.
  package struct Timed: Hashable, Sendable {
    package let choice: TuningChoice
    package let seconds: Double
  }

  /// A choice that cannot be used.
  package struct Rejection: Hashable, Sendable {
    package let choice: TuningChoice
    /// Why, as the end of a sentence about it.
    package let reason: String
  }

  /// Which part of the usual time is saved.
  package var gain: Double { usual.seconds > 0 ? 1 - best.seconds / usual.seconds : 0 }
}
