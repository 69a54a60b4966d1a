import ArgumentParser
import GPT2

/// Where and how to compute.
struct DeviceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      An OpenCL device by its number in 'gpt2-gpu devices' or by part of its name, or 'cpu' for OpenBLAS without \
      OpenCL (default: device 0, or cpu where there is none).
      """, valueName: "number|cpu|name"))
  var device: DeviceSelection?

  @Option(help: "How weights are stored; sums are always fp32. auto is fp16, and fp32 on cpu.")
  var precision = Automatic<Precision>()

  @Option(help: "The kernels to run, for tests and comparisons; auto goes by the type of the device.")
  var kernels = Automatic<KernelFamily>()

  /// Puts a model onto the device, and says where that is not what one might expect.
  func load(_ model: PretrainedModel) throws -> TextGenerator {
    let generator = try TextGenerator(
      model, device: device ?? .automatic, precision: precision.value, family: kernels.value)
    notice(generator.device, generator.precision)
    return generator
  }

  /// Puts a model onto the device to score texts, and says where that is not what one might expect.
  func scorer(_ model: PretrainedModel) throws -> Scorer {
    let scorer = try Scorer(
      model, device: device ?? .automatic, precision: precision.value, family: kernels.value)
    notice(scorer.device, scorer.precision)
    return scorer
  }

  private func notice(_ used: ComputeDevice, _ usedPrecision: Precision) {
    guard used.isCPU else { return }
    if device == nil {
      Output.notice("There is no OpenCL device, so the CPU computes without OpenCL. \(DriverAdvice.sentence)")
    }
    if let asked = precision.value, asked != usedPrecision {
      Output.notice("The device cpu computes in \(usedPrecision.rawValue), not \(asked.rawValue).")
    }
  }
}
