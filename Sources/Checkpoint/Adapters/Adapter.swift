internal import JSON
internal import System

/// A LoRA adapter of PEFT: two low-rank matrices for each product that was trained.
struct Adapter {
  /// The update of one product: W + scaling · (B·A)ᵀ, with W (in, out).
  private struct Update {
    /// A (rank, in)
    var down: TensorView?
    /// B (out, rank)
    var up: TensorView?
    /// The product's name in the model that was trained.
    let module: String
  }

  let name: String
  let file: CheckpointFile
  /// What somebody who uses it should know, as sentences.
  let notices: [String]
  private let configuration: AdapterConfiguration
  private let configurationJSON: JSON
  /// By the names of the weights.
  private var updates: [String: Update] = [:]
  private let tensors: [TensorView]

  /// The products of a layer, which alone can be adapted here: each is a Conv1D of transformers.
  private static let products = ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"]

  init(_ files: ModelFiles) throws(CheckpointError) {
    name = files.name
    guard let json = try files.json(named: WeightNames.adapterConfiguration) else {
      throw files.missing("has no \(WeightNames.adapterConfiguration): it is no adapter of PEFT")
    }
    configurationJSON = json
    configuration = try AdapterConfiguration(json, file: "\(files.name)/\(WeightNames.adapterConfiguration)")
    (file, tensors) = try Self.weights(files)
    let own = files.isWholeModel ? "\(files.name) holds a model of its own, too, which is not used." : nil
    notices = [configuration.notice, own].compactMap(\.self)
    for tensor in tensors { try add(tensor) }
    guard !updates.isEmpty else { throw CheckpointError(file.name, "holds no tensors") }
    for update in updates.values where update.down == nil || update.up == nil {
      throw CheckpointError(
        file.name,
        "holds one of the two matrices of \(update.module), but not \(update.down == nil ? "lora_A" : "lora_B")")
    }
  }

  private static func weights(_ files: ModelFiles) throws(CheckpointError) -> (CheckpointFile, [TensorView]) {
    func described(
      _ data: FileData, _ format: CheckpointFile.Format, _ types: [ScalarType: Int], _ globals: [String]
    ) -> CheckpointFile {
      CheckpointFile(name: data.name, format: format, byteCount: data.count, scalarTypes: types, globals: globals)
    }
    if let data = try files.file(named: WeightNames.adapters[0]) {
      let tensors = try Safetensors(data).tensors
      let types = tensors.reduce(into: [:]) { $0[$1.scalarType, default: 0] += 1 }
      return (described(data, .safetensors, types, []), tensors)
    }
    if let data = try files.file(named: WeightNames.adapters[1]) {
      let contents = try PyTorchFile(data, verify: false)
      return (described(data, contents.format, contents.scalarTypes, contents.globals), contents.tensors)
    }
    throw CheckpointError(
      files.name, "has no weights of an adapter: looked for \(WeightNames.adapters.joined(separator: " and "))")
  }

  /// Takes `base_model.model.transformer.h.0.attn.c_attn.lora_A.weight`; the name of the adapter may stand before
  /// `weight`, and `transformer.` is missing where a model without a head was trained.
  private mutating func add(_ tensor: TensorView) throws(CheckpointError) {
    func refusal() -> CheckpointError {
      CheckpointError(
        file.name,
        "holds '\(tensor.name)', which is no matrix of LoRA for GPT-2's c_attn, c_proj or c_fc: merge the adapter "
          + "with PEFT first (merge_and_unload)")
    }
    let prefix = "base_model.model."
    guard tensor.name.hasPrefix(prefix) else { throw refusal() }
    let parts = tensor.name.dropFirst(prefix.count).split(separator: ".", omittingEmptySubsequences: false)
    guard let place = parts.firstIndex(where: { $0 == "lora_A" || $0 == "lora_B" }), parts.last == "weight",
      1...2 ~= parts.count - place - 1
    else { throw refusal() }
    let module = parts[..<place].joined(separator: ".")
    let product = TensorName.canonical(module)
    guard TensorName.layer(product) != nil,
      Self.products.contains(product.split(separator: ".").dropFirst(2).joined(separator: "."))
    else { throw refusal() }
    guard tensor.scalarType.isFloatingPoint, tensor.shape.count == 2, tensor.elementCount > 0 else {
      throw CheckpointError(
        file.name,
        "holds '\(tensor.name)' as \(tensor.scalarType) \(tensor.shape), where a matrix of floats is expected")
    }
    let isDown = parts[place] == "lora_A"
    var update = updates[product] ?? Update(module: module)
    guard (isDown ? update.down : update.up) == nil else {
      throw CheckpointError(file.name, "holds '\(tensor.name)' twice")
    }
    if isDown { update.down = tensor } else { update.up = tensor }
    updates[product] = update
  }

  /// Merges it into the weights of a model: those that it changes are copied, in their types.
  func merge(into tensors: inout [TensorView], base: String) throws(CheckpointError) {
    var rest = updates
    for index in tensors.indices {
      let weight = tensors[index]
      guard weight.name.hasSuffix(".weight"), let update = rest.removeValue(forKey: String(weight.name.dropLast(7))),
        let down = update.down, let up = update.up
      else { continue }
      let rank = down.shape[0]
      guard weight.shape.count == 2, up.shape[1] == rank, down.shape[1] == weight.shape[0],
        up.shape[0] == weight.shape[1]
      else {
        throw CheckpointError(
          file.name,
          "has matrices \(down.shape) and \(up.shape) for \(update.module), which do not fit \(base)'s weight of "
            + "\(weight.shape): is it the adapter of another model?")
      }
      // More say nothing more, and would take any amount of time.
      guard rank <= max(weight.shape[0], weight.shape[1]) else {
        throw CheckpointError(
          file.name, "has matrices of rank \(rank) for \(update.module), more than its weight of \(weight.shape) has")
      }
      guard weight.scalarType.isFloatingPoint else { continue }  // which the checkpoint refuses by name
      let scaling = try configuration.scaling(of: update.module, rank: rank)
      tensors[index] = weight.adding(LowRankProduct(down: down, up: up, scaling: scaling), of: file.name)
    }
    if let missing = rest.values.map(\.module).min() {
      throw CheckpointError(
        file.name, "adapts \(missing), which \(base) does not have: is it the adapter of another model?")
    }
  }

  /// How it was merged into a model of so many layers: what it has for others goes with them.
  func merged(layers: Int) -> MergedAdapter {
    let adapted = updates.keys.count { TensorName.layer($0) ?? 0 < layers }
    return MergedAdapter(
      name: name, adaptedCount: adapted, productCount: Self.products.count * layers,
      configuration: configurationJSON, tensors: tensors)
  }
}

/// A LoRA adapter of PEFT that is part of a checkpoint's weights.
public struct MergedAdapter: Sendable {
  /// Its folder, for messages.
  public let name: String
  /// How many of the model's products it changes.
  public let adaptedCount: Int
  /// How many products the model's layers have.
  public let productCount: Int
  fileprivate let configuration: JSON
  fileprivate let tensors: [TensorView]

  /// Its name and share, as a part of a sentence.
  public var description: String { "\(name), of \(adaptedCount) of \(productCount) products" }

  /// Tells adapters apart: a hash of its configuration and its matrices.
  package var fingerprint: String {
    var hash = FNV1a128()
    hash.combine(configuration.text.utf8)
    for tensor in tensors.sorted(by: { $0.name < $1.name }) {
      hash.combine("\(tensor.name) \(tensor.scalarType) \(tensor.shape)".utf8)
      tensor.withBytes { hash.combine(FNV1a128(Array($0)).text.utf8) }
    }
    return hash.text
  }
}
