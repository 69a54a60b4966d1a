import Checkpoint
import GPT2
import Testing
import Tokenizer

@testable import Benchmarking

@Suite struct MadeUpModelTests {
  private func values(_ tensor: TensorView) -> [Float] {
    tensor.withBytes { bytes in
      (0..<tensor.elementCount).map {
        Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)) << 16)
      }
    }
  }

  @Test func parametersCountAsPublished() {
    #expect(
      MadeUpModel.allCases.map(\.configuration.parameterCount) == [
        124_439_808, 354_823_168, 774_030_080, 1_557_611_200,
      ])
  }

  /// GPT-2's initialisation: 0.02, less for products that are added to the residual stream; norms of one, biases of
  /// zero.
  @Test func weightsAreSpreadAsBeforeTraining() throws {
    let checkpoint = try MadeUpWeights.checkpoint(name: "tiny", .tiny)
    #expect(checkpoint.tensors.map(\.name) == ModelConfiguration.tiny.parameters.map(\.name))
    for tensor in checkpoint.tensors {
      let values = values(tensor)
      if tensor.shape.count == 1 {
        #expect(values.allSatisfy { $0 == (tensor.name.hasSuffix("weight") ? 1 : 0) }, "\(tensor.name)")
        continue
      }
      let deviation: Float = tensor.name.hasSuffix("c_proj.weight") ? 0.01 : 0.02
      let mean = values.reduce(0, +) / Float(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)
      #expect(abs(mean) < 0.1 * deviation && abs(variance.squareRoot() / deviation - 1) < 0.1, "\(tensor.name)")
    }
    let (first, second) = (try #require(checkpoint.tensors.first), checkpoint.tensors[1])
    #expect(values(first).prefix(64) != values(second).prefix(64))
  }

  @Test func promptsOfAModelWithoutATokenizerAreTokens() throws {
    let model = PretrainedModel(try MadeUpWeights.checkpoint(name: "tiny", .tiny))
    let workload = Workload(batch: 2, promptTokens: TokenRange(3...9), newTokens: TokenRange(1...4), items: 50)
    let items = PromptMaker(model, seed: 1).items(workload)
    #expect(items.count == 50 && items.allSatisfy { $0.text == nil })
    #expect(Set(items.map(\.prompt.count)) == Set(3...9) && Set(items.map(\.newTokens)) == Set(1...4))
    #expect(items.allSatisfy { $0.prompt.allSatisfy { 0..<300 ~= $0 } })
    #expect(PromptMaker(model, seed: 1).items(workload).map(\.prompt) == items.map(\.prompt))
    #expect(PromptMaker(model, seed: 2).items(workload).map(\.prompt) != items.map(\.prompt))
  }

  @Test func textsBecomeTheSameTokensAgain() throws {
    let model = try PretrainedModel(.demo)
    let workload = Workload(batch: 1, promptTokens: TokenRange(64...64), newTokens: TokenRange(1...1), items: 5)
    for item in PromptMaker(model, seed: 3).items(workload) {
      let text = try #require(item.text)
      #expect(item.prompt.count == 64 && model.tokenizer?.encode(text) == item.prompt)
    }
  }
}
