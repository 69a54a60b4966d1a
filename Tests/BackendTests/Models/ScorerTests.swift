import Checkpoint
import TestSupport
import Testing
import Tokenizer

@testable import Backend
@testable import Diagnosis
@testable import Engine
@testable import GPT2
@testable import Sampling

extension BackendTests {
  /// Texts scored by whole models, against the same in Double.
  @Suite struct ScorerTests {
    private static let checkpoint = TinyCheckpoint(seed: 23) { $0.layerCount = 2 }
    private static let reference = ReferenceModel(checkpoint)

    private func scorer(_ row: BackendCase, rows: Int = 250, outputs: Int = 200) throws -> LoadedModel {
      let pretrained = try PretrainedModel(Self.checkpoint.files)
      func engine<B: Backend>(_ backend: B) throws -> any InferenceEngine {
        let model = try GPT2Model(pretrained.checkpoint, on: backend)
        return Engine(model, scorer: ModelScorer(model, rows: rows, outputs: outputs))
      }
      return LoadedModel(pretrained, engine: try engine(row.backend), device: .cpu, precision: row.precision)
    }

    private func tokens(_ count: Int) -> [TokenID] {
      (0..<TokenID(count)).map { index in
        let square: TokenID = index * index
        return (37 * index + 5 * square + 11) % 256
      }
    }

    /// By the definition: each window alone.
    private func expected(_ tokens: [TokenID], stride: Int) -> [Double] {
      ScoringWindows(count: tokens.count, context: Self.checkpoint.configuration.contextLength, stride: stride).windows
        .flatMap { window in
          let logits = Self.reference.logits(Array(tokens[window.inputs]))
          return (window.firstScored..<window.tokens.upperBound).map {
            Reference.logProbabilities(logits[$0 - 1 - window.tokens.lowerBound])[Int(tokens[$0])]
          }
        }
    }

    @Test(arguments: BackendCase.all)
    func logProbabilitiesAreTheReferences(_ row: BackendCase) throws {
      let scorer = try scorer(row)
      for (count, stride) in row.isSimulated ? [(5, 20)] : [(1, 20), (2, 20), (40, 20), (41, 20), (100, 13), (95, 39)] {
        let tokens = tokens(count)
        let score = try scorer.score(tokens: tokens, stride: stride)
        #expect(score.tokens == tokens && score.logProbabilities.count == count && score.scoredCount == count - 1)
        let found = score.logProbabilities.compactMap(\.self)
        for (found, expected) in zip(found, expected(tokens, stride: stride)) {
          #expect(abs(found - expected) <= row.precision.logProbabilityTolerance)
        }
        #expect((score.perplexity == nil) == (count == 1))
      }
    }

    /// Steps of any size, hence any company of windows, give the same numbers.
    @Test(arguments: BackendCase.reproducible.filter { !$0.isSimulated })
    func stepsOfAnySizeGiveTheSame(_ row: BackendCase) throws {
      let tokens = tokens(130)
      let together = try scorer(row).score(tokens: tokens, stride: 10).logProbabilities
      for (rows, outputs) in [(39, 256), (7, 3), (100, 1)] {
        let apart = try scorer(row, rows: rows, outputs: outputs).score(tokens: tokens, stride: 10).logProbabilities
        #expect(apart == together, "\(rows) rows, \(outputs) outputs")
      }
    }
  }
}
