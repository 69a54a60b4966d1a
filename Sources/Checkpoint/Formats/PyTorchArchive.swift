/// The zip form of `torch.save` (since 1.6): `ROOT/data.pkl` describes the tensors, `ROOT/data/KEY` hold the bytes.
struct PyTorchArchive {
  let object: PickleObjects
  /// Where each of the object's storages lies in the file.
  let storages: [Range<Int>]

  init(_ file: FileData, verify: Bool) throws(CheckpointError) {
    let zip = try ZipArchive(file)
    if verify { try zip.verify() }
    let pickles = zip.entries.filter { $0.name.hasSuffix("/data.pkl") }
    guard let pickle = pickles.first, pickles.count == 1 else {
      throw CheckpointError(file.name, "has \(pickles.count) entries named data.pkl where torch.save writes one")
    }
    let root = pickle.name.dropLast("data.pkl".count)
    if zip.entry("\(root)constants.pkl") != nil {
      throw CheckpointError(file.name, "is a TorchScript program, not a state_dict")
    }
    if let byteOrder = zip.entry("\(root)byteorder") {
      let isLittle = file.withBytes { $0[byteOrder.data].elementsEqual("little".utf8) }
      guard isLittle else {
        throw CheckpointError(file.name, "was not written on a little-endian machine; save it again on one")
      }
    }

    object = try PickleReader.read(file, pickle.data)
    guard object.end == pickle.data.upperBound else {
      throw CheckpointError(file.name, "has \(pickle.data.upperBound - object.end) bytes after the end of its pickle")
    }
    var storages: [Range<Int>] = []
    for storage in object.storages {
      guard let entry = zip.entry("\(root)data/\(storage.key)") else {
        throw CheckpointError(file.name, "has no entry '\(root)data/\(storage.key)', which its pickle refers to")
      }
      guard entry.data.count == byteCount(of: [storage.elementCount], storage.scalarType) else {
        throw CheckpointError(
          file.name,
          "entry '\(entry.name)' has \(entry.data.count) bytes, but its pickle says "
            + "\(storage.elementCount) × \(storage.scalarType)")
      }
      storages.append(entry.data)
    }
    self.storages = storages
  }
}
