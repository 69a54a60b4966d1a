/// The form that `torch.save` wrote before 1.6: five pickles one after another, then the storages, unaligned.
struct PyTorchLegacyFile {
  /// The first pickle: protocol 2, the ten-byte integer 0x1950A86A20F9469CFC6C, STOP.
  static let magic: [UInt8] = [
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]
  private static let protocolVersion = 1001

  let object: PickleObjects
  /// Where each of the object's storages lies in the file.
  let storages: [Range<Int>]

  init(_ file: FileData) throws(CheckpointError) {
    func next(after end: Int) throws(CheckpointError) -> PickleObjects {
      try PickleReader.read(file, min(end, file.count)..<file.count)
    }
    let version = try next(after: Self.magic.count)
    guard case .integer(Self.protocolVersion) = version.root else {
      throw CheckpointError(file.name, "is not of the one version there is of PyTorch's form before 1.6")
    }
    let system = try next(after: version.end)
    guard Self.isLittleEndian(system, file) else {
      throw CheckpointError(file.name, "was not written on a little-endian machine; save it again on one")
    }
    object = try next(after: system.end)
    let keys = try next(after: object.end)
    storages = try Self.locate(object.storages, keys: Self.texts(keys, file), in: keys.end..<file.count, file)
  }

  private static func isLittleEndian(_ system: PickleObjects, _ file: FileData) -> Bool {
    guard case .dictionary(let index) = system.root else { return false }
    return file.withBytes { bytes in
      system.dictionaries[index].contains { item in
        guard case .text(let key) = item.key, case .boolean(true) = item.value else { return false }
        return bytes[key].elementsEqual("little_endian".utf8)
      }
    }
  }

  private static func texts(_ keys: PickleObjects, _ file: FileData) throws(CheckpointError) -> [String] {
    guard case .list(let index) = keys.root else {
      throw CheckpointError(file.name, "has no list of storages after its tensors")
    }
    return file.withBytes { bytes in
      keys.lists[index].compactMap { value in
        if case .text(let key) = value { String(decoding: bytes[key], as: UTF8.self) } else { nil }
      }
    }
  }

  /// Walks the data: for each key in order, an 8-byte count of elements and the elements.
  private static func locate(
    _ storages: [PickledStorage], keys: [String], in data: Range<Int>, _ file: FileData
  ) throws(CheckpointError) -> [Range<Int>] {
    let indices = Dictionary(zip(storages.map(\.key), storages.indices), uniquingKeysWith: { first, _ in first })
    var ranges = [Range<Int>?](repeating: nil, count: storages.count)
    try file.withBytes { bytes throws(CheckpointError) in
      var reader = ByteReader(name: file.name, subject: "the tensor data", bytes: bytes, range: data)
      for key in keys {
        guard let index = indices[key], ranges[index] == nil else {
          throw CheckpointError(file.name, "lists storage '\(key)' twice, or without a tensor that uses it")
        }
        let storage = storages[index]
        let count = try reader.read(UInt64.self)
        guard count == storage.elementCount, let size = byteCount(of: [storage.elementCount], storage.scalarType)
        else {
          throw CheckpointError(
            file.name, "storage '\(key)' has \(count) elements, but its pickle says \(storage.elementCount)")
        }
        ranges[index] = try reader.skip(size)
      }
      guard reader.isAtEnd else {
        throw CheckpointError(file.name, "has \(reader.end - reader.position) bytes after its last tensor")
      }
    }
    let found = ranges.compactMap(\.self)
    guard found.count == storages.count else {
      throw CheckpointError(file.name, "does not hold every storage that its tensors use")
    }
    return found
  }
}
