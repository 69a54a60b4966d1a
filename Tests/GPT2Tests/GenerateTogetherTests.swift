import Checkpoint
import Sampling
import TestSupport
import Testing

@testable import Backend
@testable import Engine
@testable import GPT2

/// Several prompts in one call, on the mock model.
@Suite struct GenerateTogetherTests {
  private static let prompts: [Prompt] = [.tokens([1, 2, 3]), .tokens([4]), .tokens([1, 2, 3]), .tokens([5, 6])]

  private func model() throws -> LoadedModel {
    let pretrained = try PretrainedModel(TinyCheckpoint(seed: 1).files)
    let engine = Engine(try GPT2Model(pretrained.checkpoint, on: MockBackend()))
    return LoadedModel(pretrained, engine: engine, device: .cpu, precision: .fp32)
  }

  private func settings(_ model: LoadedModel) throws -> GenerationSettings {
    var wishes = GenerationOverrides()
    (wishes.samples, wishes.seed, wishes.maxNewTokens, wishes.ignoresEndOfText) = (2, 9, 7, true)
    (wishes.doSample, wishes.prefix) = (true, "")
    return try model.settings(wishes)
  }

  @Test func eachPromptHasTheTextsThatItHasAlone() throws {
    let model = try model()
    let settings = try settings(model)
    let together = try model.generate(Self.prompts, settings)
    #expect(together.count == Self.prompts.count)
    for (prompt, generation) in zip(Self.prompts, together) {
      let alone = try model.generate(prompt, settings)
      #expect(alone.promptTokens == generation.promptTokens)
      #expect(alone.texts.map(\.tokens) == generation.texts.map(\.tokens))
      #expect(generation.texts.allSatisfy { $0.tokens.count == 7 && $0.finishReason == .length })
      #expect(generation.prefillTime > .zero && generation.decodeTime >= .zero)
    }
    #expect(together[0].texts.map(\.tokens) == together[2].texts.map(\.tokens))
    #expect(together[0].texts.map(\.tokens) != together[1].texts.map(\.tokens))
  }

  /// A stop token ends a text though the model's end of text is ignored; the other text goes on.
  @Test func aStopTokenEndsItsText() throws {
    let model = try model()
    var settings = try settings(model)
    let plain = try model.generate(Self.prompts[0], settings).texts
    let stop = plain[0].tokens[3]
    settings.stopTokens = [stop]
    for generation in try model.generate(Self.prompts, settings).prefix(1) {
      for (text, plain) in zip(generation.texts, plain) {
        let end = plain.tokens.firstIndex(of: stop)
        #expect(text.tokens == end.map { Array(plain.tokens[...$0]) } ?? plain.tokens)
        #expect(text.finishReason == (end == nil ? .length : .stop))
      }
    }
  }

  @Test func theHostsOptionsReachTheEngine() throws {
    let model = try model()
    var settings = try settings(model)
    settings.sampling.allowedTokens = [4, 5, 6, 7]
    settings.sampling.forcedEOSTokens = [7]
    settings.sampling.beginSuppressTokens = [4, 5, 6]
    settings.sampling.noRepeatNgramSize = 2
    for generation in try model.generate(Self.prompts, settings) {
      for text in generation.texts {
        #expect(text.tokens.first == 7 && text.tokens.last == 7 && text.tokens.count == 7)
        #expect(text.tokens.allSatisfy { (4...7).contains($0) })
      }
    }
  }

  @Test func noPromptsAreNoTexts() throws {
    let model = try model()
    #expect(try model.generate([Prompt](), settings(model)).isEmpty)
  }

  @Test func aPromptThatCannotBeUsedStopsAllBeforeTheyBegin() throws {
    let model = try model()
    let settings = try settings(model)
    let size = model.pretrained.configuration.vocabularySize
    #expect(throws: SettingsError.unknownToken(Int32(size), vocabularySize: size)) {
      try model.generate([.tokens([1]), .tokens([Int32(size)])], settings) { _, _, _ in Issue.record("it began") }
    }
  }

  @Test func theClosureKnowsThePromptAndCanEndAll() throws {
    struct Enough: Error {}
    let model = try model()
    let settings = try settings(model)
    var seen: Set<[Int]> = []
    _ = try model.generate(Self.prompts, settings) { prompt, sample, _ in seen.insert([prompt, sample]) }
    #expect(seen == Set((0..<4).flatMap { prompt in (0..<2).map { [prompt, $0] } }))
    #expect(throws: Enough.self) { try model.generate(Self.prompts, settings) { _, _, _ in throw Enough() } }
    #expect(try model.generate(Self.prompts, settings).count == 4)
  }
}
