import Checkpoint
import TestSupport
import Testing
import Tokenizer

@testable import Backend
@testable import Diagnosis
@testable import Engine
@testable import GPT2

extension BackendTests {
  /// Small models made here, from their files to their texts.
  @Suite struct EndToEndTests {
    /// A shape of model that exercises something the others do not.
    struct Shape: Sendable, CustomTestStringConvertible {
      let testDescription: String
      let checkpoint: TinyCheckpoint
      private let reference: ReferenceModel
      /// Of the weights that int4 stores, which are too far from these for a few channels.
      private let fourBitReference: ReferenceModel

      init(_ name: String, seed: UInt64, _ change: (inout ModelConfiguration) -> Void) {
        testDescription = name
        checkpoint = TinyCheckpoint(seed: seed, change)
        reference = ReferenceModel(checkpoint)
        fourBitReference = ReferenceModel(checkpoint.mappingLayers(Precision.int4.stored))
      }

      func reference(_ precision: Precision) -> ReferenceModel {
        precision == .int4 ? fourBitReference : reference
      }
    }

    private static let plain = Shape("heads of 8", seed: 1) { $0.layerCount = 2 }

    private static let shapes = [
      plain,
      Shape("heads of 1, odd inner size, erf GELU, own head, unscaled", seed: 2) {
        ($0.embeddingSize, $0.headCount, $0.innerSize, $0.contextLength) = (3, 3, 7, 24)
        ($0.activation, $0.tieWordEmbeddings, $0.scaleAttentionWeights) = (.gelu, false, false)
      },
      Shape("a head of 80, ReLU, scaled by layer, more than a block of positions", seed: 3) {
        ($0.embeddingSize, $0.headCount, $0.innerSize, $0.contextLength) = (80, 1, 81, 66)
        ($0.layerCount, $0.activation, $0.scaleAttentionByInverseLayerIndex) = (2, .relu, true)
        ($0.reorderAndUpcastAttention, $0.layerNormEpsilon) = (true, 1e-3)
      },
    ]

    private func loadedModel(
      _ row: BackendCase, _ checkpoint: TinyCheckpoint, promptChunk: Int = 1024, batchSize: Int = 64
    ) throws -> LoadedModel {
      let pretrained = try PretrainedModel(checkpoint.files)
      func engine(_ backend: some Backend) throws -> any InferenceEngine {
        Engine(try GPT2Model(pretrained.checkpoint, on: backend), promptChunk: promptChunk, batchSize: batchSize)
      }
      let backend = try row.backend
      return LoadedModel(
        pretrained, engine: try engine(backend),
        device: ComputeDevice(id: "test", name: backend.deviceName, device: nil), precision: row.precision)
    }

    /// Settings without a preset's.
    private func overrides(_ change: (inout GenerationOverrides) -> Void) -> GenerationOverrides {
      var overrides = GenerationOverrides()
      (overrides.doSample, overrides.ignoresEndOfText, overrides.seed) = (false, true, 7)
      (overrides.minNewTokens, overrides.returnsFullText) = (0, false)
      change(&overrides)
      return overrides
    }

    private func prompt(_ count: Int) -> [TokenID] { (0..<count).map { TokenID(($0 * 37 + 5) % 256) } }

    /// Expects tokens to be the likeliest by the reference, and their log-probabilities to be near its.
    private func expectGreedy(
      _ text: Continuation, after prompt: [TokenID], _ reference: ReferenceModel, within tolerance: Double
    ) {
      #expect(text.logProbabilities.count == text.tokens.count)
      let logits = reference.logits(prompt + text.tokens.dropLast())
      for (index, (token, found)) in zip(text.tokens, text.logProbabilities).enumerated() {
        let expected = Reference.logProbabilities(logits[prompt.count - 1 + index])
        let likeliest = expected.max() ?? 0
        // Of two that are as near as the tolerance, either may come.
        #expect(expected[Int(token)] >= likeliest - tolerance, "token \(index)")
        #expect(abs(found - expected[Int(token)]) <= tolerance, "token \(index)")
      }
    }

    @Test(arguments: BackendCase.all, shapes)
    func greedyTextsAreTheReferences(_ row: BackendCase, _ shape: Shape) throws {
      let checkpoint = shape.checkpoint
      let model = try loadedModel(row, checkpoint)
      for count in row.isSimulated ? [3] : [1, 7] {
        let prompt = prompt(count)
        let room = checkpoint.configuration.contextLength - count
        let settings = try model.settings(overrides { $0.maxNewTokens = row.isSimulated ? 3 : room })
        let generation = try model.generate(.tokens(prompt), settings, wantsLogProbabilities: true)
        let text = try #require(generation.texts.first)
        #expect(generation.promptTokens == prompt && generation.texts.count == 1)
        #expect(text.tokens.count == (row.isSimulated ? 3 : room) && text.finishReason == .length)
        #expect(text.text == model.pretrained.tokenizer?.decode(text.tokens, skippingSpecial: true))
        expectGreedy(text, after: prompt, shape.reference(row.precision), within: row.precision.logProbabilityTolerance)
      }
    }

    @Test(arguments: BackendCase.all)
    func promptsInChunksGiveTheSameText(_ row: BackendCase) throws {
      let checkpoint = Self.plain.checkpoint
      let prompt = prompt(row.isSimulated ? 6 : 29)
      let new = row.isSimulated ? 2 : 11
      var texts: [Continuation] = []
      for chunk in row.isSimulated ? [5] : [1, 5, 28, 1024] {
        let model = try loadedModel(row, checkpoint, promptChunk: chunk)
        let generation = try model.generate(
          .tokens(prompt), model.settings(overrides { $0.maxNewTokens = new }), wantsLogProbabilities: true)
        texts += generation.texts
      }
      for text in texts {
        expectGreedy(
          text, after: prompt, Self.plain.reference(row.precision), within: row.precision.logProbabilityTolerance)
      }
      guard row.isReproducible else { return }
      #expect(texts.allSatisfy { $0.tokens == texts[0].tokens && $0.logProbabilities == texts[0].logProbabilities })
    }

    /// A sample is the same alone and beside four others, whether they go side by side or in turns; prompts of less
    /// than a page of the cache, of a whole one, and of more, which samples share.
    @Test(arguments: BackendCase.reproducible.filter { !$0.isSimulated }, Tier.isFull ? [9, 64, 70] : [70])
    func samplesAreTheSameInAnyCompany(_ row: BackendCase, _ promptLength: Int) throws {
      let checkpoint = TinyCheckpoint(seed: 1) { ($0.layerCount, $0.contextLength) = (2, 150) }
      func texts(samples: Int, batchSize: Int) throws -> [Continuation] {
        let model = try loadedModel(row, checkpoint, batchSize: batchSize)
        let settings = try model.settings(
          overrides { ($0.doSample, $0.topK, $0.samples, $0.maxNewTokens) = (true, 40, samples, 20) })
        return try model.generate(.tokens(prompt(promptLength)), settings, wantsLogProbabilities: true).texts
      }
      let five = try texts(samples: 5, batchSize: 64)
      #expect(Set(five.map(\.tokens)).count == 5)
      for others in [try texts(samples: 1, batchSize: 64), try texts(samples: 5, batchSize: 2)] {
        for (one, other) in zip(five, others) {
          #expect(one.tokens == other.tokens && one.logProbabilities == other.logProbabilities)
        }
      }
    }

    /// Requests of all lengths share steps; none changes another's numbers.
    @Test(arguments: BackendCase.reproducible.filter { !$0.isSimulated })
    func requestsAreTheSameInAnyCompany(_ row: BackendCase) throws {
      let checkpoint = Self.plain.checkpoint
      let requests = (0..<7).map { index in
        GenerationRequest(
          item: UInt64(index), prompt: prompt(1 + index * 5 % 17), newTokens: 0...(3 + index * 3 % 11),
          ignoresEndOfText: true, wantsLogProbabilities: true)
      }
      func run(_ requests: [GenerationRequest], batchSize: Int) throws -> [[GeneratedToken]] {
        let model = try loadedModel(row, checkpoint, promptChunk: 8, batchSize: batchSize)
        var tokens: [[GeneratedToken]] = Array(repeating: [], count: requests.count)
        try model.engine.run(requests) { token in
          tokens[token.request].append(token)
          return true
        }
        return tokens
      }
      let alone = try requests.flatMap { try run([$0], batchSize: 1) }
      for slots in [2, 7] {
        let together = try run(requests, batchSize: slots)
        for (one, other) in zip(alone, together) {
          #expect(one.map(\.token) == other.map(\.token) && one.map(\.logProbability) == other.map(\.logProbability))
        }
      }
    }

    /// The way of the command line: the device by its name, the backend found for it.
    @Test func theCPUWithoutOpenCLIsFP32() throws {
      guard !BackendCase.cpu.isEmpty else { return }
      let model = try LoadedModel(Self.plain.checkpoint.files, device: .cpu)
      #expect(model.precision == .fp32 && model.device.isCPU)
      let generation = try model.generate(
        .tokens(prompt(4)), model.settings(overrides { $0.maxNewTokens = 6 }), wantsLogProbabilities: true)
      expectGreedy(
        try #require(generation.texts.first), after: prompt(4), Self.plain.reference(.fp32),
        within: Precision.fp32.logProbabilityTolerance)
    }
  }
}
