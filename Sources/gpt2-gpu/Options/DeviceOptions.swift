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
    if generator.device.isCPU {
      if device == nil {
        Output.notice("There is no OpenCL device, so the CPU computes without OpenCL. \(DriverAdvice.sentence)")
      }
      if let asked = precision.value, asked != generator.precision {
        Output.notice("The device cpu computes in \(generator.precision.rawValue), not \(asked.rawValue).")
      }
    }
    return generator
  }
}

/// What helps where no OpenCL device is found.
enum DriverAdvice {
  static let sentence =
    "OpenCL drivers come in packages: pocl-opencl-icd for any processor, intel-opencl-icd for Intel's GPUs, "
    + "mesa-opencl-icd for AMD's; NVIDIA's comes with the GPU's driver."
}
