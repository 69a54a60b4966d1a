internal import OpenCLBackend

/// Compares choices for one operation with the usual one: their numbers, and their times.
struct TuningComparison {
  private let operation: TunedOperation
  private let usual: TuningChoice
  private let trial: any TuningTrial
  private let backend: OpenCLBackend
  private let timer: TuningTimer
  private let limits: Tuner.Limits
  /// The numbers of the usual choice.
  private let expected: [[UInt32]]
  /// Launches of a measurement.
  private let rounds: Int
  /// What the usual choice took, whenever it was measured.
  private var usualTimes: [Double] = []

  /// How many times as long a choice takes in two measurements that needs no more.
  private static let hopeless = 1.5

  init(
    _ operation: TunedOperation, _ usual: TuningChoice, _ trial: any TuningTrial, _ backend: OpenCLBackend,
    _ timer: TuningTimer, _ limits: Tuner.Limits
  ) throws {
    self.operation = operation
    self.usual = usual
    self.trial = trial
    self.backend = backend
    self.timer = timer
    self.limits = limits
    backend.tuning = Tuning()
    expected = try trial.numbers()
    rounds = try timer.rounds(trial)
    usualTimes = [try seconds(usual)]
  }

  /// What a launch takes with the usual choice.
  var usualSeconds: Double { median(usualTimes) }

  /// Forgets what the usual choice took so far.
  mutating func forget() { usualTimes.removeAll() }

  /// Whether a choice gives the usual one's numbers, bit for bit.
  func isRight(_ choice: TuningChoice) throws -> Bool {
    backend.tuning[operation] = choice
    return try trial.numbers() == expected
  }

  /// Which part of the usual time a choice takes, by measurements of both in turn; nil where the time is up.
  mutating func part(_ choice: TuningChoice, repeats: Int) throws -> Double? {
    var times: [(usual: Double, other: Double)] = []
    while times.count < repeats {
      if limits.isOver() { return nil }
      times.append((try seconds(usual), try seconds(choice)))
      if times.count == 2, times.allSatisfy({ $0.other > Self.hopeless * $0.usual }) { break }
    }
    usualTimes += times.map(\.usual)
    return median(times.map(\.other)) / median(times.map(\.usual))
  }

  private func seconds(_ choice: TuningChoice) throws -> Double {
    backend.tuning[operation] = choice
    return try limits.measure(operation, choice) { try timer.seconds(trial, rounds: rounds) }
  }
}

/// The middle of some numbers.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard !sorted.isEmpty else { return 0 }
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
