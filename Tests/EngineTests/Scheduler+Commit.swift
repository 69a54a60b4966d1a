@testable import Engine
@testable import Sampling

extension Scheduler {
  /// What came of a draw.
  struct Outcome {
    let sequence: SequenceID
    let event: GenerationEvent
  }

  /// Records the tokens of all of a plan's draws.
  mutating func commit(_ plan: Plan, _ results: [SampledToken]) -> [Outcome] {
    zip(plan.draws, results).compactMap { draw, result in
      commit(draw, result).map { Outcome(sequence: draw.sequence, event: $0) }
    }
  }
}
