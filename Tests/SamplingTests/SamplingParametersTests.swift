import Testing

@testable import Sampling

@Suite struct SamplingParametersTests {
  @Test func defaultsChangeNothing() {
    let parameters = SamplingParameters()
    #expect(!parameters.needsHost)
    #expect(parameters.bannedTokens(after: [1, 2, 1, 2]).isEmpty)
  }

  @Test func noNgramTwice() {
    var parameters = SamplingParameters()
    let history: [Int32] = [1, 2, 3, 1, 2, 4, 1, 2]
    for (size, banned) in [(1, history), (2, [3, 4]), (3, [3, 4]), (4, []), (9, [])] {
      parameters.noRepeatNgramSize = size
      #expect(parameters.bannedTokens(after: history) == banned, "\(size)")
      #expect(parameters.bannedTokens(after: []).isEmpty)
    }
    #expect(parameters.needsHost)
  }

  @Test func badWords() {
    var parameters = SamplingParameters()
    parameters.badWords = [[7], [1, 2], [5, 1, 8]]
    #expect(parameters.bannedTokens(after: []) == [7])
    #expect(parameters.bannedTokens(after: [1]) == [7, 2])
    #expect(parameters.bannedTokens(after: [5, 1]) == [7, 2, 8])
    #expect(parameters.needsHost)
  }

  @Test func rowsAreWhatTheKernelsRead() {
    #expect(MemoryLayout<SamplingRow>.size == 48 && MemoryLayout<SamplingRow>.stride == 48)
    #expect(MemoryLayout<SamplingRow>.offset(of: \.draw) == 0)
    #expect(MemoryLayout<SamplingRow>.offset(of: \.removedFraction) == 8)
    #expect(MemoryLayout<SamplingRow>.offset(of: \.logitsRow) == 16)
    #expect(MemoryLayout<SamplingRow>.offset(of: \.slot) == 20)
    #expect(MemoryLayout<SamplingRow>.offset(of: \.flags) == 24)
    #expect(MemoryLayout<SamplingRow>.offset(of: \.topK) == 28)
    #expect(MemoryLayout<SamplingRow>.offset(of: \.scale) == 32)
    #expect(MemoryLayout<SamplingRow>.offset(of: \.penalty) == 36)
    #expect(MemoryLayout<SamplingRow>.offset(of: \.inversePenalty) == 40)
    #expect(MemoryLayout<SamplingRow>.offset(of: \.depthLimit) == 44)
    #expect(MemoryLayout<SampledToken>.stride == 16)
    #expect(MemoryLayout<SampledToken>.offset(of: \.difference) == 4)
    #expect(MemoryLayout<SampledToken>.offset(of: \.rawMass) == 8)
  }

  @Test func rowsStayInBounds() {
    var parameters = SamplingParameters()
    (parameters.temperature, parameters.repetitionPenalty, parameters.topP) = (1e-300, 1e-300, 1e-300)
    (parameters.topK, parameters.minP) = (.max, 1)
    let row = SamplingRow(parameters, draw: 0)
    #expect(row.scale == .greatestFiniteMagnitude && row.inversePenalty == .greatestFiniteMagnitude)
    #expect(row.penalty == .leastNormalMagnitude && row.removedFraction == .max && row.topK == .max)
    #expect(row.depthLimit == 0 && row.flags == [.greedy, .penalize])
    #expect(SamplingRow(SamplingParameters(), draw: 0).removedFraction == 0)
  }
}
