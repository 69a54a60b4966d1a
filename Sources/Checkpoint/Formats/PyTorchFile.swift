/// The tensors of a `pytorch_model.bin`, in either of the two forms that `torch.save` has written.
struct PyTorchFile {
  let format: CheckpointFile.Format
  /// In the order of the state_dict, without the training-time buffers.
  let tensors: [TensorView]
  /// The number of tensors of each type, buffers included.
  let scalarTypes: [ScalarType: Int]
  /// The names that the pickle asked for.
  let globals: [String]

  init(_ file: FileData, verify: Bool) throws(CheckpointError) {
    let object: PickleObjects
    let storages: [Range<Int>]
    switch Self.container(of: file) {
    case .zip:
      let archive = try PyTorchArchive(file, verify: verify)
      object = archive.object
      storages = archive.storages
      format = .pytorchZip
    case .legacy:
      let legacy = try PyTorchLegacyFile(file)
      object = legacy.object
      storages = legacy.storages
      format = .pytorchLegacy
    case .tar:
      throw CheckpointError(
        file.name,
        "is in the tar form that PyTorch wrote before 0.1.10, which is not supported; load it with PyTorch and save "
          + "it again")
    case .unknown:
      // After the eight bytes of the header's length.
      let isSafetensors = file.withBytes { $0.count > 8 && $0[8] == UInt8(ascii: "{") }
      throw CheckpointError(
        file.name,
        "is not a file written by torch.save" + (isSafetensors ? " but safetensors: call it model.safetensors" : ""))
    }
    globals = object.globals
    (tensors, scalarTypes) = try StateDictionary(file: file, object: object, storages: storages).read()
  }

  private enum Container { case zip, legacy, tar, unknown }

  private static func container(of file: FileData) -> Container {
    file.withBytes { bytes in
      if bytes.starts(with: ZipArchive.magic) { return .zip }
      if bytes.starts(with: PyTorchLegacyFile.magic) { return .legacy }
      if bytes.dropFirst(257).starts(with: "ustar".utf8) { return .tar }
      return .unknown
    }
  }
}
