import Testing

@testable import Sampling

@Suite struct SamplingParametersTests {
  @Test func defaultsChangeNothing() {
    let parameters = SamplingParameters()
    #expect(!parameters.needsHost)
    let row = SamplingRow(parameters, draw: 0)
    let step = SamplingStep(tokens: [1, 2, 1, 2], promptCount: 2, isLast: true)
    #expect(parameters.processors(row, seen: TokenSet(vocabularySize: 3), endOfText: [0], at: step).isEmpty)
  }

  private static let changes: [@Sendable (inout SamplingParameters) -> Void] = [
    { $0.presencePenalty = -1 }, { $0.frequencyPenalty = 1 }, { $0.logitBias = [3: 0] },
    { $0.sequenceBias = [SequenceBias([1], bias: 1)] }, { $0.exponentialDecay.factor = 1.1 },
    { $0.noRepeatNgramSize = 1 }, { $0.badWords = [[1]] }, { $0.suppressTokens = [1] },
    { $0.beginSuppressTokens = [1] }, { $0.allowedTokens = [1] }, { $0.forcedBOSToken = [1] },
    { $0.forcedEOSTokens = [1] }, { $0.encoderRepetitionPenalty = 0.5 }, { $0.encoderNoRepeatNgramSize = 1 },
  ]

  @Test(arguments: changes.indices)
  func theHostChoosesWhereTheDeviceCannot(_ index: Int) {
    var parameters = SamplingParameters()
    Self.changes[index](&parameters)
    #expect(parameters.needsHost)
  }

  @Test func filtersNeedTheHostWhereTokensAreDrawn() {
    for change in [
      { $0.typicalP = 0.9 }, { $0.topH = 0.5 }, { $0.epsilonCutoff = 0.1 }, { $0.etaCutoff = 0.1 },
    ] as [(inout SamplingParameters) -> Void] {
      var parameters = SamplingParameters()
      change(&parameters)
      #expect(!parameters.needsHost)
      parameters.doSample = true
      #expect(parameters.needsHost)
    }
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
