import Foundation
import TestSupport
import Testing

@testable import Sampling

@Suite struct SamplingHostTests {
  private let draw: UInt64 = 0x8000_0000_0000_0000

  private func sample(
    _ logits: [Float], _ parameters: SamplingParameters, draw: UInt64 = 0x8000_0000_0000_0000, seen: [Int32] = [],
    endOfText: [Int32] = [], at step: SamplingStep = SamplingStep()
  ) throws -> (token: Int32, kept: [Int32], logProbability: Double?) {
    var sampler = HostSampler()
    var set = TokenSet(vocabularySize: logits.count)
    set.formUnion(seen)
    let row = SamplingRow(
      parameters, draw: draw, suppressesEndOfText: !endOfText.isEmpty, wantsLogProbability: true)
    let result = try logits.withUnsafeBufferPointer { logits in
      try sampler.sample(
        logits, row: row, seen: set, endOfText: endOfText, parameters: parameters, at: step)
    }
    return (result.token, sampler.candidates.map(\.token), result.logProbability)
  }

  private func parameters(_ change: (inout SamplingParameters) -> Void) -> SamplingParameters {
    var parameters = SamplingParameters()
    parameters.doSample = true
    change(&parameters)
    return parameters
  }

  // MARK: - Against transformers' processors

  private static let tables: [SamplingParameters] = {
    var tables: [SamplingParameters] = []
    for (topK, topP, minP, typicalP) in [
      (0, 1, 0, 1), (50, 1, 0, 1), (50, 0.95, 0, 1), (0, 0.9, 0, 1), (1, 1, 0, 1), (3000, 0.8, 0, 1),
      (0, 1, 0.05, 1), (40, 0.9, 0.1, 1), (0, 1, 0, 0.6), (50, 0.95, 0.02, 0.9), (0, 1e-9, 0, 1),
    ] {
      for (temperature, penalty) in [(1, 1), (0.7, 1.3), (2.5, 0.8)] {
        var parameters = SamplingParameters()
        parameters.doSample = true
        (parameters.topK, parameters.topP, parameters.minP, parameters.typicalP) = (topK, topP, minP, typicalP)
        (parameters.temperature, parameters.repetitionPenalty) = (temperature, penalty)
        tables.append(parameters)
      }
    }
    return tables
  }()

  @Test(arguments: [1, 2, 15, 16, 17, 63, 1025, 5003])
  func keepsWhatTransformersKeeps(vocabularySize: Int) throws {
    var generator = TestGenerator(state: UInt64(vocabularySize))
    var compared = 0
    for table in Self.tables {
      let logits = (0..<vocabularySize).map { _ in generator.normal() * 3 }
      let seen = (0..<9).map { _ in Int32.random(in: 0..<Int32(vocabularySize), using: &generator) }
      let suppressed = vocabularySize > 2 ? [Int32(vocabularySize / 2)] : []
      let oracle = SamplingOracle(logits, table, seen: seen, suppressed: suppressed)
      guard oracle.margin > 1e-6 else { continue }
      compared += 1
      // Beyond 40 octaves under the largest, a mass is zero.
      let floor = (oracle.scores.max() ?? 0) - 40 * log(2)
      let draw = generator.next()
      let (token, kept, _) = try sample(logits, table, draw: draw, seen: seen, endOfText: suppressed)
      #expect(kept == oracle.kept.filter { oracle.scores[Int($0)] > floor }, "\(table)")

      var cumulative = 0.0
      let target = Double(draw) * 0x1p-64
      let expected = oracle.probabilities.firstIndex { probability in
        cumulative += probability
        return cumulative > target
      }
      if abs(cumulative - target) > 1e-6 { #expect(Int(token) == expected) }
    }
    #expect(compared > Self.tables.count * 9 / 10)
  }

  @Test func keepsTiesAsTransformersDoes() throws {
    var generator = TestGenerator(state: 3)
    for _ in 0..<40 {
      let logits = (0..<97).map { _ in Float(Int.random(in: -3...3, using: &generator)) }
      let table = parameters {
        $0.topK = Int.random(in: 0...97, using: &generator)
        $0.topP = Double.random(in: 0.3...0.95, using: &generator)
      }
      let oracle = SamplingOracle(logits, table)
      guard oracle.margin > 1e-6 else { continue }
      #expect(try sample(logits, table).kept == oracle.kept, "\(table)")
    }
  }

  @Test func logProbabilitiesAreTheModelsOwn() throws {
    var generator = TestGenerator(state: 11)
    let logits = (0..<1999).map { _ in generator.normal() * 4 }
    let table = parameters { ($0.topK, $0.temperature, $0.repetitionPenalty) = (20, 0.5, 1.5) }
    for _ in 0..<20 {
      let (token, _, logProbability) = try sample(logits, table, draw: generator.next(), seen: [1, 2, 3])
      let expected = log(SamplingOracle(logits, SamplingParameters()).probabilities[Int(token)])
      #expect(abs(try #require(logProbability) - expected) < 1e-6)
    }
  }

  @Test func drawsFollowTheDistribution() throws {
    let logits: [Float] = [0.5, -1, 2, 1.5, 0, -2, 1, 0.25, -0.5, 1.75]
    let table = parameters { ($0.temperature, $0.topK) = (1.3, 8) }
    let oracle = SamplingOracle(logits, table)
    let philox = Philox4x32(seed: 2021)
    let draws = 5_000
    var counts = [Int](repeating: 0, count: logits.count)
    for position in 0..<draws {
      let draw = philox.draw(item: 5, sample: 0, position: UInt32(position))
      counts[Int(try sample(logits, table, draw: draw).token)] += 1
    }
    var chiSquare = 0.0
    for (count, probability) in zip(counts, oracle.probabilities) {
      guard probability > 0 else {
        #expect(count == 0)
        continue
      }
      let expected = probability * Double(draws)
      chiSquare += (Double(count) - expected) * (Double(count) - expected) / expected
    }
    #expect(chiSquare < 24.3)  // 7 degrees of freedom, p = 0.001
  }

  // MARK: - Edges

  @Test func greedyTakesTheLowestOfTheLargest() throws {
    #expect(try sample([1, 3, 2, 3], SamplingParameters()).token == 1)
    #expect(try sample([-0.0, 0, .leastNonzeroMagnitude], SamplingParameters()).token == 0)
    #expect(try sample([1, 3, 2, 3], SamplingParameters(), endOfText: [1, 3, -1, 99]).token == 2)
    var suppressed = SamplingParameters()
    suppressed.suppressTokens = [1, 3, -1, 99]
    #expect(try sample([1, 3, 2, 3], suppressed).token == 2)
    var penalized = SamplingParameters()
    penalized.repetitionPenalty = 2
    #expect(try sample([1.5, 2, -1], penalized, seen: [1, 2]).token == 0)
  }

  @Test func oneToken() throws {
    let (token, kept, logProbability) = try sample([-7], parameters { $0.topK = 50 })
    #expect(token == 0 && kept == [0] && logProbability == 0)
  }

  @Test func equalLogitsAllStay() throws {
    let logits = [Float](repeating: 2.5, count: 3001)
    #expect(try sample(logits, parameters { $0.topK = 5 }).kept.count == 3001)
    #expect(try sample(logits, parameters { $0.topK = 5000 }, draw: .max).token == 3000)
    #expect(try sample(logits, parameters { $0.topK = 5 }, draw: 0).token == 0)
    // Half of the mass is removed, from the lowest ids on.
    #expect(try sample(logits, parameters { $0.topP = 0.5 }).kept.first == 1500)
  }

  @Test func minusInfinityIsNeverChosen() throws {
    var logits = [Float](repeating: -.infinity, count: 70)
    logits[69] = -1e30
    for draw in [0, UInt64.max] {
      #expect(try sample(logits, parameters { $0.topK = 50 }, draw: draw).token == 69)
    }
    var suppressed = SamplingParameters()
    suppressed.suppressTokens = [69]
    #expect(throws: SamplingError.nothingLeft) { try sample(logits, suppressed) }
    suppressed.doSample = true
    #expect(throws: SamplingError.nothingLeft) { try sample(logits, suppressed) }
    #expect(throws: SamplingError.nothingLeft) { try sample([], SamplingParameters()) }
  }

  @Test(arguments: [Float.nan, -.nan, .infinity], [0, 20, 36])
  func refusesWhatIsNotFinite(value: Float, place: Int) {
    var logits = [Float](repeating: 0, count: 37)
    logits[place] = value
    #expect(throws: SamplingError.notFinite) { try sample(logits, SamplingParameters()) }
  }

  @Test func extremeTemperatures() throws {
    let logits: [Float] = [1, 1.0000001, -3, 0]
    for temperature in [1e-300, 1e-38, 1e-9] {
      #expect(try sample(logits, parameters { $0.temperature = temperature }, draw: 0).token == 1)
    }
    for temperature in [1e9, 1e38, 1e300] {
      #expect(try sample(logits, parameters { $0.temperature = temperature }, draw: .max).token == 3)
    }
    #expect(try sample([-3e38, 3e38], parameters { $0.temperature = 1e-300 }, draw: 0).token == 1)
  }

  @Test func aRowSharesNothingWithTheLast() throws {
    var sampler = HostSampler()
    for count in [100, 7, 40] {
      let logits = (0..<count).map { Float($0) }
      let token = try logits.withUnsafeBufferPointer { logits in
        try sampler.sample(
          logits, row: SamplingRow(parameters { $0.topK = 1 }, draw: draw), seen: TokenSet(vocabularySize: count),
          endOfText: [])
      }
      #expect(token.token == Int32(count - 1))
      #expect(token.logProbability == nil)
    }
  }
}
