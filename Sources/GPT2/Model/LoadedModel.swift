public import Backend
public import Engine
public import OpenCLBackend
public import Checkpoint
internal import OpenCL

/// A GPT-2 checkpoint on a device: its weights are there once, and it generates, scores, and runs requests.
///
/// Not Sendable: one owner uses it.
///
/// ```swift
/// let model = try LoadedModel(.demo)
/// for text in try model.generate(.text("My dream is"), model.settings()).texts { print(text.text) }
/// print(try model.score("My dream is true.").perplexity ?? 0)
/// ```
public final class LoadedModel {
  /// The checkpoint and its tokenizer.
  public let pretrained: PretrainedModel
  /// Where it computes.
  public let device: ComputeDevice
  /// How weights are stored.
  public let precision: Precision

  package let engine: any InferenceEngine
  /// The kernels and the instruction of products; nil on the CPU without OpenCL.
  let kernels: (family: KernelFamily, dotUnit: DotUnit)?

  /// Loads a model.
  ///
  /// - Parameters:
  ///   - files: The checkpoint.
  ///   - device: Where to compute.
  ///   - precision: How to store weights; where nil fp16, and fp32 on the CPU without OpenCL, which has nothing else.
  ///   - family: Which kernels to run; those made for the device's type where nil.
  /// - Throws: `CheckpointError`, `TokenizerError`, `WeightError`, `DeviceError`, `OpenCLError`, or ``SettingsError`` for a
  ///   precision or kernels that the device does not have.
  public convenience init(
    _ files: ModelFiles, device: DeviceSelection = .automatic, precision: Precision? = nil,
    family: KernelFamily? = nil
  ) throws {
    try self.init(
      PretrainedModel(files, whileDriversLoadFor: device), device: device, precision: precision, family: family)
  }

  /// Puts a model that has been read onto a device.
  ///
  /// - Throws: `WeightError`, `DeviceError`, `OpenCLError`, or ``SettingsError`` for a precision or kernels that the device
  ///   does not have.
  public convenience init(
    _ pretrained: PretrainedModel, device: DeviceSelection = .automatic, precision: Precision? = nil,
    family: KernelFamily? = nil
  ) throws {
    try self.init(pretrained, on: device.resolve(), precision: precision, family: family)
  }

  /// Puts a model that has been read onto a device that was found.
  ///
  /// - Parameters:
  ///   - profile: Times the kernels, where there are any.
  ///   - sparesCompiling: Whether to run what is compiled where that can do, until more is worth the time.
  package convenience init(
    _ pretrained: PretrainedModel, on device: ComputeDevice, precision: Precision? = nil, family: KernelFamily? = nil,
    profile: KernelProfile? = nil, sparesCompiling: Bool = true
  ) throws {
    let backend = try device.backend(
      for: pretrained.configuration, precision: precision, family: family, profile: profile,
      sparesCompiling: sparesCompiling)
    func engine<B: Backend>(_ backend: B) throws -> any InferenceEngine {
      Engine(try GPT2Model(pretrained.checkpoint, on: backend), promptChunk: device.mostRows)
    }
    self.init(
      pretrained, engine: try engine(backend), device: device, precision: backend.precision,
      kernels: (backend as? OpenCLBackend).map { ($0.family, $0.dotUnit) })
  }

  /// A model whose weights `engine` holds.
  package init(
    _ pretrained: PretrainedModel, engine: any InferenceEngine, device: ComputeDevice, precision: Precision,
    kernels: (family: KernelFamily, dotUnit: DotUnit)? = nil
  ) {
    self.pretrained = pretrained
    self.engine = engine
    self.device = device
    self.precision = precision
    self.kernels = kernels
  }

  /// What computes, as a sentence.
  package var computation: String {
    let how = kernels.map { ", \($0.family.rawValue) kernels, products by \($0.dotUnit.name)" } ?? ""
    return "\(pretrained.name) computes on device \(device.id) (\(device.name)) in \(precision.rawValue)\(how)."
  }

  /// Bytes that the model takes of the device's memory, without those of a run; nil on the CPU without OpenCL.
  package var memoryBytes: Int? { engine.memoryBytes }

  /// Called where the device refuses memory, and a run goes on with less; where nil, that ends a run by its error.
  public var onMemoryShortage: ((MemoryShortage) -> Void)? {
    get { engine.onMemoryShortage }
    set { engine.onMemoryShortage = newValue }
  }

  /// How long this process has compiled kernels so far: seconds at a first start, next to nothing later.
  public var compileTime: Duration { Compilation.time }

  /// Keeps the kernels compiled so far for the next start, which is then faster.
  ///
  /// The first time this may take a second on some drivers: call it when the texts are out.
  public func keepCompiledKernels() { engine.keepCompiled() }

  /// The settings that hold for this model.
  ///
  /// - Throws: ``SettingsError``.
  public func settings(
    _ overrides: GenerationOverrides = GenerationOverrides(), preset: SettingsPreset? = nil
  ) throws(SettingsError) -> GenerationSettings {
    try pretrained.settings(overrides, preset: preset)
  }
}
