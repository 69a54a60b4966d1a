/// A pickled state_dict together with the storages that its container holds.
struct StateDictionary {
  let file: FileData
  let object: PickleObjects
  /// Where each storage lies in the file.
  let storages: [Range<Int>]

  /// The tensors, without the training-time buffers, and the number of each type, with them.
  func read() throws(CheckpointError) -> (tensors: [TensorView], scalarTypes: [ScalarType: Int]) {
    guard case .dictionary(let root) = object.root else { throw error("does not hold a state_dict") }
    var names = Set<String>()
    var collection: String?
    var tensors: [TensorView] = []
    var scalarTypes: [ScalarType: Int] = [:]
    // Tied weights may show a storage twice; more would multiply a small file into any amount of memory.
    var budget = 2 * file.count
    for item in object.dictionaries[root] {
      let name = try name(item.key)
      guard names.insert(name).inserted else { throw error("holds '\(name)' twice") }
      let index: Int
      switch item.value {
      case .tensor(let tensor): index = tensor
      case .none, .boolean, .integer, .float, .text, .global: continue  // such as an epoch: no weights are in it
      default:
        collection = collection ?? name
        continue
      }
      let tensor = object.tensors[index]
      scalarTypes[tensor.scalarType, default: 0] += 1
      if TensorName.isBuffer(name) { continue }
      let view = try view(of: tensor, name: name, budget: budget)
      budget -= view.byteCount
      tensors.append(view)
    }
    // Beside weights it is of the training; without them it may be what holds them.
    if let collection, !tensors.contains(where: { TensorName.layer(TensorName.canonical($0.name)) != nil }) {
      throw error("'\(collection)' is not a tensor: this is something else than a plain state_dict of a model")
    }
    return (tensors, scalarTypes)
  }

  private func name(_ key: PickleValue) throws(CheckpointError) -> String {
    guard case .text(let range) = key else { throw error("has an entry whose name is no text") }
    try BoundedName.check(byteCount: range.count, in: file.name)
    let name = file.withBytes { String(validating: $0[range], as: UTF8.self) }
    guard let name else { throw error("has an entry whose name is not UTF-8") }
    return name
  }

  private func view(of tensor: PickledTensor, name: String, budget: Int) throws(CheckpointError) -> TensorView {
    let scalarType = tensor.scalarType
    let storage = storages[tensor.storage]
    guard let byteCount = byteCount(of: tensor.shape, scalarType), byteCount <= budget else {
      throw error("has tensors that together are more than the file; '\(name)' is one of them")
    }
    let start = storage.lowerBound + tensor.offset * scalarType.byteCount
    if tensor.isContiguous {
      return TensorView(
        name: name, scalarType: scalarType, shape: tensor.shape, file: file, bytes: start..<start + byteCount)
    }
    let gathered = FileData(name: file.name, count: byteCount) { destination in
      file.withBytes { tensor.gather(from: $0, at: start, itemSize: scalarType.byteCount, into: destination) }
    }
    return TensorView(
      name: name, scalarType: scalarType, shape: tensor.shape, file: gathered, bytes: 0..<byteCount)
  }

  private func error(_ problem: String) -> CheckpointError { CheckpointError(file.name, problem) }
}

extension PickledTensor {
  /// Copies the elements in row-major order; `start` is where the tensor's first element lies.
  fileprivate func gather(
    from source: UnsafeRawBufferPointer, at start: Int, itemSize: Int, into destination: UnsafeMutableRawBufferPointer
  ) {
    var index = [Int](repeating: 0, count: shape.count)
    var element = 0  // the offset, in elements, of the element at `index`
    for target in stride(from: 0, to: destination.count, by: itemSize) {
      let item = start + element * itemSize
      destination[target..<target + itemSize].copyBytes(from: source[item..<item + itemSize])
      for dimension in shape.indices.reversed() {  // count up, the last dimension first
        index[dimension] += 1
        element += strides[dimension]
        if index[dimension] < shape[dimension] { break }
        element -= index[dimension] * strides[dimension]
        index[dimension] = 0
      }
    }
  }
}
