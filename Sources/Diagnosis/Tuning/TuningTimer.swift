internal import OpenCL
internal import OpenCLBackend

/// Times launches by the device's own clock, or, where that does not go, by the host's.
struct TuningTimer {
  let profile: KernelProfile
  let queue: CommandQueue

  /// What one measurement should take, in seconds, and the most rounds of it.
  private static let (duration, mostRounds) = (1e-3, 64)

  /// How many rounds are long enough to be timed, where one takes so long.
  static func rounds(for seconds: Double) -> Int {
    seconds * Double(mostRounds) < duration ? mostRounds : max(1, Int(duration / seconds))
  }

  /// What one round takes.
  func seconds(_ trial: any TuningTrial, rounds: Int) throws -> Double {
    profile.isActive = !trial.isTimedByHost
    defer { profile.isActive = false }
    var nanoseconds: UInt64 = 0
    let elapsed = try ContinuousClock().measure {
      for round in 0..<rounds { try trial.enqueue(round: round) }
      nanoseconds = try profile.finish().reduce(0) { $0 + $1.nanoseconds }
      try queue.finish()
    }
    return (nanoseconds > 0 ? Double(nanoseconds) * 1e-9 : elapsed / .seconds(1)) / Double(rounds)
  }
}
