import Backend
import Checkpoint
import Engine
import Sampling
import TestSupport
import Testing
import Tokenizer

@testable import GPT2

@Suite struct ScoringErrorTests {
  private func scorer() throws -> LoadedModel {
    let pretrained = try PretrainedModel(TinyCheckpoint(seed: 1).files)
    let engine = Engine(try GPT2Model(pretrained.checkpoint, on: MockBackend()))
    return LoadedModel(pretrained, engine: engine, device: .cpu, precision: .fp32)
  }

  @Test func impossibleInputIsRefused() throws {
    let scorer = try scorer()
    func message(_ tokens: [TokenID], stride: Int? = nil) throws -> String {
      try #require(throws: SettingsError.self) { try scorer.score(tokens: tokens, stride: stride) }.description
    }
    #expect(try message([]).contains("nothing to score"))
    #expect(try message([1, -1]).contains("token id -1"))
    #expect(try message([1, 5000]).contains("token id 5000"))
    #expect(try message([1, 2], stride: 0).contains("stride is 0"))
    #expect(try message(Array(repeating: 1, count: 41), stride: 40).contains("1 to 39"))
    #expect(try scorer.score(tokens: [1, 2], stride: 40).scoredCount == 1)  // one window: no stride is needed
  }

  /// A step is in flight while the one before is waited for.
  @Test func theDeviceHasTheNextStepBeforeTheHostWaits() throws {
    let checkpoint = TinyCheckpoint(seed: 1)
    let (model, backend) = (try PretrainedModel(checkpoint.files), MockBackend())
    let scorer = ModelScorer(try GPT2Model(model.checkpoint, on: backend), rows: 8, outputs: 8)
    _ = try scorer.scores(of: (0..<25).map { Int32($0) }, stride: 20)
    #expect(backend.events == [.step, .step, .wait, .step, .wait, .wait])
  }

  @Test func logitsThatAreNotFiniteAreAnError() throws {
    let checkpoint = TinyCheckpoint(seed: 1)
    let (model, backend) = (try PretrainedModel(checkpoint.files), MockBackend())
    backend.failingStep = 1
    let scorer = ModelScorer(try GPT2Model(model.checkpoint, on: backend), rows: 8, outputs: 8)
    #expect(throws: SamplingError.notFinite) {
      try scorer.scores(of: (0..<25).map { Int32($0) }, stride: 20)
    }
  }
}
