internal import OpenCL
internal import OpenCLBackend

/// Times launches by the device's own clock, or, where that does not go, by the host's.
struct TuningTimer {
  let profile: KernelProfile
  let queue: CommandQueue

  /// What one measurement should take, in seconds, and the most rounds of it.
  private static let (duration, mostRounds) = (1e-3, 64)

  /// How many rounds are long enough to be timed, by the host's clock: what a device says may have nothing to do with it.
  func rounds(_ trial: any TuningTrial) throws -> Int {
    // The first launch may be slower than all others.
    _ = try seconds(trial, rounds: 1)
    let elapsed = try ContinuousClock().measure { _ = try seconds(trial, rounds: 1) } / .seconds(1)
    return elapsed * Double(Self.mostRounds) < Self.duration ? Self.mostRounds : max(1, Int(Self.duration / elapsed))
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
