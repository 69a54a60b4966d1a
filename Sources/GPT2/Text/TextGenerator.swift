public import Backend
public import Engine
public import OpenCLBackend
public import Checkpoint
internal import OpenCL

/// A GPT-2 checkpoint on a device, ready to write.
///
/// Not Sendable: one owner uses it.
///
/// ```swift
/// let generator = try TextGenerator(.demo)
/// let settings = try generator.settings()
/// for text in try generator.generate(.text("My dream is"), settings).texts { print(text.text) }
/// ```
public final class TextGenerator {
  /// The checkpoint and its tokenizer.
  public let model: PretrainedModel
  /// Where it computes.
  public let device: ComputeDevice
  /// How weights are stored.
  public let precision: Precision

  let runner: any RequestRunner

  /// Loads a model.
  ///
  /// - Parameters:
  ///   - files: The checkpoint.
  ///   - device: Where to compute.
  ///   - precision: How to store weights; fp16 where nil, and always fp32 on the CPU without OpenCL.
  ///   - family: Which kernels to run; those made for the device's type where nil.
  /// - Throws: `CheckpointError`, `TokenizerError`, ``WeightError``, ``DeviceError`` or `OpenCLError`.
  public convenience init(
    _ files: ModelFiles, device: DeviceSelection = .automatic, precision: Precision? = nil,
    family: KernelFamily? = nil
  ) throws {
    try self.init(
      PretrainedModel(files, whileDriversLoadFor: device), device: device, precision: precision, family: family)
  }

  /// Puts a model that has been read onto a device.
  ///
  /// - Throws: ``WeightError``, ``DeviceError`` or `OpenCLError`.
  public convenience init(
    _ model: PretrainedModel, device: DeviceSelection = .automatic, precision: Precision? = nil,
    family: KernelFamily? = nil
  ) throws {
    try self.init(model, device: device.resolve(), precision: precision, family: family, profile: nil)
  }

  /// - Parameter profile: What times the kernels.
  package convenience init(
    _ model: PretrainedModel, device: ComputeDevice, precision: Precision?, family: KernelFamily?,
    profile: KernelProfile?
  ) throws {
    let backend = try device.backend(
      for: model.configuration, precision: precision, family: family, profile: profile)
    func runner<B: Backend>(_ backend: B) throws -> any RequestRunner {
      Engine(try GPT2Model(model.checkpoint, on: backend))
    }
    self.init(model, runner: try runner(backend), device: device, precision: backend.precision)
  }

  /// A model whose weights `runner` holds.
  init(_ model: PretrainedModel, runner: any RequestRunner, device: ComputeDevice, precision: Precision) {
    self.model = model
    self.runner = runner
    self.device = device
    self.precision = precision
  }

  /// Bytes that the model takes of the device's memory, without what a run takes; nil on the CPU without OpenCL.
  package var memoryBytes: Int? { runner.memoryBytes }

  /// Called where the device refuses memory, and a run goes on with less; where nil, that ends a run by its error.
  public var onMemoryShortage: ((MemoryShortage) -> Void)? {
    get { runner.onMemoryShortage }
    set { runner.onMemoryShortage = newValue }
  }

  /// Leaves the kernels compiled by now for the next start, which is then faster.
  ///
  /// The first time this takes seconds on some drivers: call it when the texts are out.
  public func keepCompiledKernels() { runner.keepCompiled() }

  /// The settings that hold for this model.
  ///
  /// - Throws: ``SettingsError``.
  public func settings(
    _ overrides: GenerationOverrides = GenerationOverrides(), preset: SettingsPreset? = nil
  ) throws(SettingsError) -> GenerationSettings {
    try model.settings(overrides, preset: preset)
  }
}
