import JSON

/// The tensors of a model, from whichever of the known files it has.
struct WeightFiles {
  private enum Kind {
    case safetensors, pytorch
  }

  private(set) var files: [CheckpointFile] = []
  /// In file order, by canonical names, without the masks that old files carry.
  private(set) var tensors: [TensorView] = []
  /// Of each canonical name, as which it is stored where, and its place in `tensors`.
  private var owners: [String: (stored: String, file: String, place: Int)] = [:]
  private let verify: Bool

  /// Reads the first there is of the single file and the sharded ones, safetensors before PyTorch, as transformers.
  /// - Parameter explicit: The file that config.json names (`transformers_weights`), which is then the only one.
  init(_ model: ModelFiles, named explicit: String? = nil, verify: Bool) throws(CheckpointError) {
    self.verify = verify
    if let explicit {
      try addNamed(explicit, of: model)
      return
    }
    for name in WeightNames.all {
      let kind = name.hasPrefix("pytorch") ? Kind.pytorch : .safetensors
      if WeightNames.isIndex(name) {
        guard let index = try model.json(named: name) else { continue }
        try addShards(index, named: name, of: model, kind)
      } else {
        guard let file = try model.file(named: name) else { continue }
        try add(file, name: name, kind)
      }
      return
    }
    throw model.missing(
      "has no weights: looked for model.safetensors and pytorch_model.bin, whole or with an index.json")
  }

  private mutating func addNamed(_ name: String, of model: ModelFiles) throws(CheckpointError) {
    func error(_ problem: String) -> CheckpointError {
      CheckpointError("\(model.name)/config.json", "names '\(name)' as transformers_weights, \(problem)")
    }
    if name.hasSuffix(".safetensors") {
      guard let file = try model.file(named: name) else { throw error("which is missing") }
      try add(file, name: name, .safetensors)
    } else if name.hasSuffix(".safetensors.index.json") {
      guard let index = try model.json(named: name) else { throw error("which is missing") }
      try addShards(index, named: name, of: model, .safetensors)
    } else {
      throw error("which is neither a .safetensors file nor the index of such")
    }
  }

  /// Adds the files that an index names. Where it says a tensor lies is not believed: transformers does not either, and
  /// conversions drop tied tensors from a file without telling its index.
  private mutating func addShards(
    _ index: JSON, named name: String, of model: ModelFiles, _ kind: Kind
  ) throws(CheckpointError) {
    let indexName = "\(model.name)/\(name)"
    for shard in try WeightNames.shards(of: index, named: indexName) {
      guard let file = try model.file(named: shard) else {
        throw CheckpointError(indexName, "names '\(shard)', which is missing; was the download completed?")
      }
      try add(file, name: shard, kind)
    }
  }

  private mutating func add(_ file: FileData, name: String, _ kind: Kind) throws(CheckpointError) {
    switch kind {
    case .safetensors:
      let tensors = try Safetensors(file).tensors
      let scalarTypes = tensors.reduce(into: [:]) { $0[$1.scalarType, default: 0] += 1 }
      try add(tensors.filter { !TensorName.isBuffer($0.name) }, of: file, name)
      record(file, name, .safetensors, scalarTypes, globals: [])
    case .pytorch:
      let contents = try PyTorchFile(file, verify: verify)
      try add(contents.tensors, of: file, name)
      record(file, name, contents.format, contents.scalarTypes, globals: contents.globals)
    }
  }

  /// Of a tensor that two files of an index hold, that in the file whose name sorts last counts, as in transformers.
  private mutating func add(
    _ tensors: [TensorView], of file: FileData, _ fileName: String
  ) throws(CheckpointError) {
    for var tensor in tensors {
      let stored = tensor.name
      tensor.name = TensorName.canonical(stored)
      guard let owner = owners[tensor.name] else {
        owners[tensor.name] = (stored, fileName, self.tensors.count)
        self.tensors.append(tensor)
        continue
      }
      guard owner.stored.utf8.elementsEqual(stored.utf8), !owner.file.utf8.elementsEqual(fileName.utf8) else {
        throw CheckpointError(
          file.name, "holds '\(stored)' although there is another tensor of that name, prefixes aside")
      }
      if owner.file.utf8.lexicographicallyPrecedes(fileName.utf8) {
        owners[tensor.name] = (stored, fileName, owner.place)
        self.tensors[owner.place] = tensor
      }
    }
  }

  private mutating func record(
    _ file: FileData, _ name: String, _ format: CheckpointFile.Format, _ scalarTypes: [ScalarType: Int],
    globals: [String]
  ) {
    files.append(
      CheckpointFile(
        name: name, format: format, byteCount: file.count, scalarTypes: scalarTypes, globals: globals))
  }
}
