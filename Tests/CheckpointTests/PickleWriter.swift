@testable import Checkpoint

/// Writes protocol 2 pickles, opcode by opcode, as CPython does for torch.
struct PickleWriter {
  private(set) var bytes: [UInt8] = [0x80, 2]
  private var memoCount = 0

  static func text(_ text: String) -> [UInt8] {
    [UInt8(ascii: "X")] + UInt32(text.utf8.count).bytes + Array(text.utf8)
  }

  static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

  static func integer(_ value: Int) -> [UInt8] {
    switch value {
    case 0...255: [UInt8(ascii: "K"), UInt8(value)]
    case 256...65535: [UInt8(ascii: "M")] + UInt16(value).bytes
    case Int(Int32.min)...Int(Int32.max): [UInt8(ascii: "J")] + Int32(value).bytes
    default: [0x8A, 8] + value.bytes
    }
  }

  static func tuple(_ items: [[UInt8]]) -> [UInt8] {
    items.isEmpty ? Array(")".utf8) : Array("(".utf8) + items.joined() + Array("t".utf8)
  }

  static func integers(_ values: [Int]) -> [UInt8] { tuple(values.map(integer)) }

  static let emptyOrderedDictionary = global("collections", "OrderedDict") + Array(")R".utf8)

  static func storage(_ type: ScalarType, key: String, count: Int, legacy: Bool) -> [UInt8] {
    let isNew = newTypes[type] != nil
    let fields = [
      text("storage"), isNew ? global("torch.storage", "UntypedStorage") : global("torch", storageName(type)),
      text(key), text("cpu"), integer(isNew ? count * type.byteCount : count),
    ]
    return tuple(fields + (legacy ? [Array("N".utf8)] : [])) + Array("Q".utf8)
  }

  static func tensor(
    storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int], newType: String? = nil
  ) -> [UInt8] {
    let fields = [storage, integer(offset), integers(shape), integers(strides), [0x89], emptyOrderedDictionary]
    return global("torch._utils", newType == nil ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3")
      + tuple(fields + (newType.map { [global("torch", $0)] } ?? [])) + Array("R".utf8)
  }

  /// Types without a class of storages of their own, by torch's names.
  static let newTypes: [ScalarType: String] = [
    .uint64: "uint64", .uint32: "uint32", .uint16: "uint16", .float8: "float8_e4m3fn",
  ]

  static func storageName(_ type: ScalarType) -> String {
    switch type {
    case .float64: "DoubleStorage"
    case .float32: "FloatStorage"
    case .float16: "HalfStorage"
    case .bfloat16: "BFloat16Storage"
    case .int64: "LongStorage"
    case .int32: "IntStorage"
    case .int16: "ShortStorage"
    case .int8: "CharStorage"
    case .uint8: "ByteStorage"
    case .bool: "BoolStorage"
    case .complex64: "ComplexFloatStorage"
    case .complex128: "ComplexDoubleStorage"
    case .uint64, .uint32, .uint16, .float8: "UntypedStorage"
    }
  }

  static func rowMajor(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for index in shape.indices.reversed().dropFirst() { strides[index] = strides[index + 1] * shape[index + 1] }
    return strides
  }

  /// Adds a value and memoises it, as the C pickler does for almost everything.
  mutating func put(_ value: [UInt8]) {
    bytes += value + [UInt8(ascii: "r")] + UInt32(memoCount).bytes
    memoCount += 1
  }

  mutating func add(_ value: [UInt8]) { bytes += value }
  mutating func add(_ opcodes: String) { bytes += Array(opcodes.utf8) }

  /// A state_dict of tensors, each in a storage named by its number.
  static func stateDictionary(_ tensors: [StoredTensor], legacy: Bool = false) -> [UInt8] {
    let entries = tensors.enumerated().map { index, tensor in
      let count = tensor.bytes.count / tensor.scalarType.byteCount
      let storage = storage(tensor.scalarType, key: "\(index)", count: count, legacy: legacy)
      let value = self.tensor(
        storage: storage, shape: tensor.shape, strides: rowMajor(tensor.shape), newType: newTypes[tensor.scalarType])
      return (tensor.name, value)
    }
    return stateDictionary(entries)
  }

  static func stateDictionary(_ entries: [(name: String, value: [UInt8])]) -> [UInt8] {
    var pickle = PickleWriter()
    pickle.put(emptyOrderedDictionary)
    pickle.add("(")
    for entry in entries {
      pickle.put(text(entry.name))
      pickle.put(entry.value)
    }
    pickle.add("u")
    pickle.add(Array("}".utf8) + text("_metadata") + emptyOrderedDictionary + Array("sb.".utf8))
    return pickle.bytes
  }
}

/// Writes pickles as `torch.save` does.
enum PyTorchWriter {
  static func archive(pickle: [UInt8], storages: [[UInt8]], root: String = "archive") -> ZipWriter {
    var zip = ZipWriter()
    zip.entries.append(.init("\(root)/data.pkl", pickle))
    zip.entries.append(.init("\(root)/byteorder", Array("little".utf8)))
    zip.entries += storages.enumerated().map { .init("\(root)/data/\($0)", $1) }
    zip.entries.append(.init("\(root)/version", Array("3\n".utf8)))
    return zip
  }

  static func archive(_ tensors: [StoredTensor]) -> ZipWriter {
    archive(pickle: PickleWriter.stateDictionary(tensors), storages: tensors.map(\.bytes))
  }

  static func legacy(_ tensors: [StoredTensor], littleEndian: Bool = true) -> [UInt8] {
    var file = PyTorchLegacyFile.magic + [0x80, 2] + PickleWriter.integer(1001) + Array(".".utf8)
    file += [0x80, 2] + Array("}(".utf8) + PickleWriter.text("protocol_version") + PickleWriter.integer(1001)
    file += PickleWriter.text("little_endian") + [littleEndian ? 0x88 : 0x89] + Array("u.".utf8)
    file += PickleWriter.stateDictionary(tensors, legacy: true)
    // Keys are sorted as strings, not as numbers.
    let order = tensors.indices.sorted { "\($0)" < "\($1)" }
    file += [0x80, 2] + Array("](".utf8) + order.flatMap { PickleWriter.text("\($0)") } + Array("e.".utf8)
    for index in order {
      let (type, bytes) = (tensors[index].scalarType, tensors[index].bytes)
      let isNew = PickleWriter.newTypes[type] != nil
      file += UInt64(isNew ? bytes.count : bytes.count / type.byteCount).bytes + bytes
    }
    return file
  }
}
