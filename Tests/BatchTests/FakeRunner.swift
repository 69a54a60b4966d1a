import Synchronization
import Testing

@testable import Engine
@testable import Sampling

/// Continues requests with tokens that depend on the keys of their random numbers alone, several at a time.
struct FakeRunner: Sendable {
  var batchSize = 8
  /// Called before each step.
  var onStep: @Sendable (_ inFlight: Int) throws -> Void = { _ in }
  /// Requests that fail, by the first token of their prompts after the prefix.
  var failing: Set<Int32> = []

  fileprivate struct Sequence {
    let number: Int
    let sample: Int
    let request: GenerationRequest
    var count = 0
  }

  func run(
    _ source: any RequestSource, _ onEvent: (GenerationEvent) throws -> Bool
  ) throws -> RunStatistics {
    var statistics = RunStatistics()
    var inFlight: [Sequence] = []
    var given = 0
    var isEnded = false
    while true {
      fill: while inFlight.count < batchSize && !isEnded {
        switch try source.next(waiting: inFlight.isEmpty) {
        case .notYet: break fill
        case .end: isEnded = true
        case .request(let request):
          inFlight += (0..<request.samples).map { Sequence(number: given, sample: $0, request: request) }
          given += 1
        }
      }
      if inFlight.isEmpty { return statistics }
      try onStep(inFlight.count)
      statistics.steps += 1
      var rest: [Sequence] = []
      for var sequence in inFlight {
        if let first = sequence.request.prompt.last, failing.contains(first) {
          _ = try onEvent(.failed(request: sequence.number, error: SamplingError.notFinite))
          continue
        }
        let token = sequence.next()
        statistics.newTokens += 1
        if try onEvent(.token(token)), token.finish == nil { rest.append(sequence) }
      }
      inFlight = rest
    }
  }
}

extension FakeRunner.Sequence {
  /// The next token, which nothing but the request, the sample and the position decides.
  fileprivate mutating func next() -> GeneratedToken {
    let draw = Philox4x32(seed: request.seed).draw(
      item: request.item, sample: UInt32(sample), position: UInt32(request.prompt.count + count))
    count += 1
    let isLast = count == request.newTokens.upperBound
    let ends = draw >> 32 & 15 == 0 && count >= request.newTokens.lowerBound
    return GeneratedToken(
      request: number, sample: sample, token: ends ? 2047 : Int32(draw % 2000), logProbability: nil,
      finish: ends ? .eos : isLast ? .length : nil)
  }
}

/// Counts from 1, on any thread.
final class Counter: Sendable {
  private let count = Atomic(0)

  func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
