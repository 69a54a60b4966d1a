extension PickleReader {
  private static let maximumGlobalByteCount = 256
  /// How many refused names are kept; one is enough to refuse the file.
  private static let maximumRefusedCount = 64

  /// The two lines after GLOBAL: module and name.
  mutating func global() throws(CheckpointError) -> PickleValue {
    let (module, name) = try (reader.line(), reader.line())
    guard module.count + name.count <= Self.maximumGlobalByteCount,
      [module, name].joined().allSatisfy({ 0x21...0x7E ~= reader.bytes[$0] })
    else { throw error("asks for a name that is not plain ASCII at byte \(module.lowerBound)") }

    let path = try "\(reader.text(module)).\(reader.text(name))"
    let global = PickleGlobal.named[path]
    if askedGlobals.count < Self.maximumRefusedCount, askedGlobals.insert(path).inserted {
      objects.globals.append(path)
      if global == nil { refusedGlobals.append(path) }
    }
    return global.map { .global($0) } ?? .refused
  }

  /// The error that lists the names that were refused.
  func refusal() -> CheckpointError {
    let shown = refusedGlobals.prefix(5).joined(separator: ", ") + (refusedGlobals.count > 5 ? ", …" : "")
    let verb = refusedGlobals.count == 1 ? "is" : "are"
    return CheckpointError(
      reader.name,
      "asks for \(shown), which \(verb) not among the \(PickleGlobal.named.count) names a GPT-2 state_dict needs; "
        + "nothing was run",
      refusedGlobals: refusedGlobals)
  }

  /// The storage that a persistent id names: ('storage', type, key, location, element count[, view]).
  mutating func storage(_ id: PickleValue) throws(CheckpointError) -> PickleValue {
    guard case .tuple(let index) = id else { throw error("refers to something that is no storage") }
    let fields = objects.tuples[index]
    guard 5...6 ~= fields.count, case .text(let kind) = fields[0], kind.count <= BoundedName.maximumByteCount,
      try reader.text(kind) == "storage"
    else { throw error("refers to something that is no storage") }
    if case .refused = fields[1] { return .refused }
    guard case .global(.storage(let scalarType)) = fields[1], case .text(let keyRange) = fields[2],
      case .integer(let count) = fields[4], count >= 0
    else { throw error("describes a storage wrongly") }
    if fields.count == 6 {
      guard case .none = fields[5] else {
        throw error("has storages that are views of others, as old PyTorch wrote; load it and save it again")
      }
    }

    try BoundedName.check(byteCount: keyRange.count, in: reader.name)
    let storage = PickledStorage(key: try reader.text(keyRange), scalarType: scalarType, elementCount: count)
    if let known = storageIndices[storage.key] {
      guard objects.storages[known] == storage else { throw error("describes storage '\(storage.key)' in two ways") }
      return .storage(known)
    }
    storageIndices[storage.key] = objects.storages.count
    objects.storages.append(storage)
    return .storage(objects.storages.count - 1)
  }

  /// The result of one of torch's functions.
  mutating func tensor(_ global: PickleGlobal, _ arguments: [PickleValue]) throws(CheckpointError) -> PickleValue {
    if let first = arguments.first, case .refused = first { return .refused }
    switch (global, arguments.count) {
    // storage, offset, size, stride[, requires_grad, hooks[, type]]
    case (.rebuildTensor, 4), (.rebuildTensorV2, 6), (.rebuildTensorV3, 7):
      guard case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1] else {
        throw error("describes a tensor that does not lie inside its storage")
      }
      let stored = objects.storages[storage]
      var (scalarType, elementCount) = (stored.scalarType, stored.elementCount)
      if arguments.count == 7 {
        if case .refused = arguments[6] { return .refused }
        guard case .global(.type(let type)) = arguments[6], scalarType == .uint8 else {
          throw error("describes the type of a tensor wrongly")
        }
        (scalarType, elementCount) = (type, elementCount / type.byteCount)
      }
      guard
        let tensor = PickledTensor(
          storage: storage, scalarType: scalarType, elementCount: elementCount, offset: offset,
          shape: try integers(arguments[2]), strides: try integers(arguments[3]))
      else { throw error("describes a tensor that does not lie inside its storage") }
      objects.tensors.append(tensor)
      return .tensor(objects.tensors.count - 1)
    case (.rebuildParameter, 3), (.parameter, 1...2):  // tensor, requires_grad[, hooks]
      guard case .tensor = arguments[0] else { throw error("makes a parameter of something that is no tensor") }
      return arguments[0]
    case (.rebuildTensorV2, 7):  // with what it says of the view
      throw error(
        "has a tensor that is the negative or the conjugate of another, which is not supported: save it after "
          + "resolve_neg() and resolve_conj()")
    default:
      throw error("calls a function in a way that torch.save does not")
    }
  }

  private func integers(_ value: PickleValue) throws(CheckpointError) -> [Int] {
    guard case .tuple(let index) = value else { throw error("has a tensor's size that is no tuple") }
    var integers: [Int] = []
    for element in objects.tuples[index] {
      guard case .integer(let integer) = element else { throw error("has a tensor's size that is no integer") }
      integers.append(integer)
    }
    return integers
  }
}
