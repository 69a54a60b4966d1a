internal import Backend
internal import CPUBackend
internal import Engine
internal import Sampling
internal import GPT2
internal import OpenCLBackend
internal import Checkpoint
internal import OpenCL

/// Lets a device write and score with the demo model, and compares the text with another device's.
struct ModelCheck {
  let device: ComputeDevice
  let precision: Precision

  private static let prompt = "My dream is"
  private static let length = 24

  /// A device's text of the demo model.
  private struct Result {
    let tokens: [Int32]
    let logProbabilities: [Double]
  }

  func diagnosis() -> ModelDiagnosis {
    var unit: DotUnit?
    var (equal, reference) = (0, "")
    let verdict: Verdict
    do {
      let model = try PretrainedModel(.demo)
      let (expected, name) = try referenceResult(model)
      reference = name
      let backend = try device.backend(for: model.configuration, precision: precision, family: nil)
      unit = (backend as? OpenCLBackend)?.dotUnit
      let found = try result(model, on: backend, scoring: expected.tokens)
      equal = zip(found.tokens, expected.tokens).count { $0 == $1 }
      var comparison = NumberComparison()
      comparison.compare(
        found.logProbabilities.map(Float.init), with: [expected.logProbabilities],
        within: precision.logProbabilityTolerance, "log-probabilities of the demo model")
      if precision == .fp32, equal != Self.length {
        comparison.note("\(equal) equal tokens", where: "\(Self.length)", "the likeliest text")
      }
      verdict =
        comparison.wrong.map { .wrong($0, error: comparison.largestError) } ?? .right(error: comparison.largestError)
    } catch {
      verdict = Verdict(failure: error)
    }
    return ModelDiagnosis(
      precision: precision, unit: unit, equalTokens: equal, tokens: Self.length, reference: reference, verdict: verdict)
  }

  /// The text by OpenBLAS; where that is not installed, or is the device checked, by the device's simplest kernels.
  private func referenceResult(_ model: PretrainedModel) throws -> (Result, String) {
    if !device.isCPU, let backend = try? CPUBackend() { return (try result(model, on: backend, scoring: nil), "cpu") }
    let other = device.isCPU ? try Device.all().first : device.device
    guard let other else { return (try result(model, on: CPUBackend(), scoring: nil), "itself") }
    let backend = try OpenCLBackend(
      device: other, precision: .fp32, family: .simd, dotUnit: .portable, maximumRows: 64)
    return (try result(model, on: backend, scoring: nil), "simd kernels in fp32 on \(other.name)")
  }

  /// - Parameter text: The tokens whose log-probabilities are wanted; its own where nil.
  private func result(_ model: PretrainedModel, on backend: some Backend, scoring text: [Int32]?) throws -> Result {
    let engine = Engine(try GPT2Model(model.checkpoint, on: backend))
    let prompt = try model.encode(Self.prompt)
    let request = GenerationRequest(
      prompt: prompt, newTokens: Self.length...Self.length, ignoresEndOfText: true)
    var tokens: [Int32] = []
    try engine.run([request]) { token in
      tokens.append(token.token)
      return true
    }
    let scored = try engine.scores(
      of: prompt + (text ?? tokens), stride: max(1, model.configuration.contextLength / 2), top: 0, onScores: { _ in })
    return Result(tokens: tokens, logProbabilities: scored.map(\.logProbability))
  }
}

extension Precision {
  /// How near the log-probabilities of a whole model must come to the reference's: the one place that says so.
  var logProbabilityTolerance: Double {
    switch self {
    case .fp32: 1e-4
    case .fp16: 2e-2
    case .bf16: 1e-1
    case .int8: 2e-1
    case .int4: 5e-1
    }
  }
}
