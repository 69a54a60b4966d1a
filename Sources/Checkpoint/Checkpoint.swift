package import JSON

/// A GPT-2 checkpoint: its configuration, and its tensors where they lie in memory-mapped files.
///
/// Nothing is copied and no tensor byte is touched; names, shapes and types of tensors have been checked.
public struct Checkpoint: Sendable {
  /// The model's name, for messages.
  public let name: String
  /// The model's shape and activation. Its vocabulary size is that of the tensors.
  public let configuration: ModelConfiguration
  /// `config.json` as it stands.
  package let configurationJSON: JSON
  /// `generation_config.json` as it stands, where there is one.
  package let generationConfigurationJSON: JSON?
  /// The files that hold the tensors.
  public let files: [CheckpointFile]
  /// The tensors in file order, by canonical names, without the masks that old files carry.
  public let tensors: [TensorView]
  /// The adapter that was merged into them.
  public let adapter: MergedAdapter?
  /// What somebody who uses the model should know, as sentences: where its files contradict each other.
  public let notices: [String]
  private let indices: [String: Int]

  /// Reads a model's configuration and finds its tensors.
  /// - Parameter verify: Compares every byte with the checksums that a zip file carries.
  public init(files: ModelFiles, verify: Bool = false) throws(CheckpointError) {
    name = files.name
    guard let json = try files.json(named: "config.json") else {
      throw files.missing("has no config.json")
    }
    if let quantization = json["quantization_config"], !quantization.isNull {
      let method = quantization["quant_method"]?.string.map { " by \($0.prefix(32))" } ?? ""
      throw CheckpointError(
        "\(files.name)/config.json",
        "says that the weights were quantised\(method) (quantization_config), which is not supported: give the original "
          + "model")
    }
    configurationJSON = json
    generationConfigurationJSON = try files.json(named: "generation_config.json")
    var configuration = try ModelConfiguration(parsing: json, file: "\(files.name)/config.json")
    if let generation = generationConfigurationJSON { configuration.startAsGenerationSays(generation) }

    let weights = try WeightFiles(files, named: json["transformers_weights"]?.string, verify: verify)
    let head = OutputHead(weights.tensors, isTied: configuration.tieWordEmbeddings)
    configuration.tieWordEmbeddings = head.isTied
    var (tensors, notices) = (head.tensors, head.notice.map { [$0] } ?? [])
    let adapter = try files.adapter.map { files throws(CheckpointError) in try Adapter(files) }
    try adapter?.merge(into: &tensors, base: files.name)
    self.adapter = adapter?.merged(layers: configuration.layerCount)
    if let adapter = self.adapter {
      notices.append("The adapter \(adapter.description), is merged into \(files.name).")
    }
    notices += adapter?.notices ?? []
    if configuration.hasCrossAttention {
      notices.append(
        "\(files.name) can attend to an encoder (add_cross_attention in config.json); it writes without one here.")
    }
    let used = configuration.layerCount
    if let last = tensors.compactMap({ TensorName.layer($0.name) }).max(), last >= used {
      // transformers drops them, but a count that nobody wrote down is a guess.
      guard json["n_layer"] != nil || json["num_hidden_layers"] != nil else {
        throw CheckpointError(
          "\(files.name)/config.json", "does not say n_layer, and there are tensors of layer \(last): add n_layer")
      }
      tensors.removeAll { TensorName.layer($0.name) ?? 0 >= used }
      notices.append(
        "\(files.name) holds layers up to \(last); as config.json says n_layer \(used), those from \(used) on are left "
          + "out.")
    }
    self.files = weights.files + (adapter.map { [$0.file] } ?? [])
    self.notices = notices
    self.tensors = tensors
    indices = Dictionary(zip(tensors.map(\.name), tensors.indices), uniquingKeysWith: { first, _ in first })

    // Vocabularies get extended without config.json hearing of it: the tensor tells.
    if let embedding = indices["wte.weight"].map({ [tensors] in tensors[$0] }), let rows = embedding.shape.first,
      rows > 0
    {
      guard ModelConfiguration.sizes.contains(rows) else {
        throw CheckpointError(
          embedding.file.name,
          "tensor '\(embedding.name)' has \(rows) rows, but a vocabulary has at most "
            + "\(ModelConfiguration.sizes.upperBound) tokens")
      }
      configuration.vocabularySize = rows
    }
    self.configuration = configuration
    try validate()
  }
}

extension Checkpoint {
  /// A checkpoint of tensors that no file holds, which must be all that the configuration requires.
  package init(name: String, configuration: ModelConfiguration, tensors: [TensorView]) throws(CheckpointError) {
    self.name = name
    self.configuration = configuration
    self.tensors = tensors
    configurationJSON = .object([])
    generationConfigurationJSON = nil
    files = []
    adapter = nil
    notices = []
    indices = Dictionary(zip(tensors.map(\.name), tensors.indices), uniquingKeysWith: { first, _ in first })
    try validate()
  }

  /// `task_specific_params` of `config.json`, where a model card carries them.
  package var taskSpecificParameters: JSON? { configurationJSON["task_specific_params"] }

  /// Whether there is a tensor of this canonical name.
  public func contains(_ name: String) -> Bool { indices[name] != nil }

  /// The tensor of a canonical name, which must have this shape and a floating-point type.
  public func tensor(_ name: String, shape: [Int]) throws(CheckpointError) -> TensorView {
    guard let tensor = indices[name].map({ tensors[$0] }) else {
      throw CheckpointError(self.name, "does not hold tensor '\(name)'")
    }
    guard tensor.shape == shape else {
      throw CheckpointError(
        tensor.file.name, "tensor '\(name)' has shape \(tensor.shape), but config.json asks for \(shape)")
    }
    guard tensor.scalarType.isFloatingPoint else {
      throw CheckpointError(
        tensor.file.name,
        "tensor '\(name)' holds \(tensor.scalarType), where float32, float16, bfloat16 or float64 is expected: load "
          + "the model with transformers, and save it in one of these")
    }
    return tensor
  }

  /// Checks that every tensor that the configuration requires is there, with its shape.
  public func validate() throws(CheckpointError) {
    // Layers first: that bounds the loop below for a hostile n_layer, and says more than one tensor's name.
    let layers = Set(tensors.compactMap { TensorName.layer($0.name) })
    let count = configuration.layerCount
    let missing = (0..<count).filter { !layers.contains($0) }
    guard missing.isEmpty else {
      let list = missing.prefix(8).map(String.init).joined(separator: ", ") + (missing.count > 8 ? ", …" : "")
      throw CheckpointError(
        name,
        "holds no tensors of layer \(list), but config.json says n_layer \(count), which starts at layer 0"
          + (layers.isEmpty ? tensors.first.map { "; its first tensor is called '\($0.name)'" } ?? "" : ""))
    }
    for parameter in configuration.parameters { _ = try tensor(parameter.name, shape: parameter.shape) }
  }
}
