import Backend
import GPT2
import Testing

@testable import Engine

/// A draft on a device of OpenCL.
@Suite struct DraftTests {
  /// Whatever the model's precision is, its draft has 8 bits: a guess is checked, so that no text depends on them.
  @Test(arguments: [Precision.fp32, .int8, .int4])
  func aDraftHas8Bits(_ precision: Precision) throws {
    guard let device = try ComputeDevice.all().first(where: { !$0.isCPU }) else { return }
    let model = try LoadedModel(PretrainedModel(.demo), on: device, precision: precision)
    try model.speculate(by: .draft(PretrainedModel(.demo)))
    let draft = try #require(model.engine.speculator?.memory)
    #expect(draft.weights == (try PretrainedModel(.demo).configuration.weightByteCount(.int8)))
  }
}
