import JSON

/// A safetensors file: an 8-byte header length, a JSON header, and the tensors' bytes without gaps.
///
/// Held to the rules of the reference implementation (huggingface/safetensors, `tensor.rs`).
struct Safetensors {
  /// The reference implementation takes 100 MB, which as JSON would be 2 GB of memory; GPT-2's headers have some 15 KB.
  private static let maximumHeaderByteCount = 1 << 24

  /// The tensors, in the order of their bytes.
  let tensors: [TensorView]

  init(_ file: FileData) throws(CheckpointError) {
    if file.withBytes({ $0.starts(with: ZipArchive.magic) }) {
      throw CheckpointError(file.name, "is not safetensors but a file of torch.save: call it pytorch_model.bin")
    }
    let header = try Self.headerRange(file)
    guard let members = try JSON(parsing: file, range: header).members else {
      throw CheckpointError(file.name, "the header is not a JSON object")
    }
    let data = header.upperBound..<file.count
    var names = Set<String>()
    var tensors: [TensorView] = []
    for member in members {
      try BoundedName.check(byteCount: member.key.utf8.count, in: file.name)
      guard names.insert(member.key).inserted else {
        throw CheckpointError(file.name, "holds '\(member.key)' twice")
      }
      if member.key == "__metadata__" { continue }
      tensors.append(try Self.tensor(member, file: file, data: data))
    }
    tensors.sort { ($0.byteOffset, $0.byteCount) < ($1.byteOffset, $1.byteCount) }
    try Self.requireExactCover(tensors, of: data, in: file)
    self.tensors = tensors
  }

  private static func headerRange(_ file: FileData) throws(CheckpointError) -> Range<Int> {
    try file.withBytes { bytes throws(CheckpointError) in
      var reader = ByteReader(name: file.name, subject: "the header", bytes: bytes, range: 0..<bytes.count)
      let length = try reader.read(UInt64.self)
      guard length <= maximumHeaderByteCount else {
        throw CheckpointError(
          file.name, "claims a header of \(length) bytes; at most \(maximumHeaderByteCount) are allowed")
      }
      let range = try reader.skip(Int(length))
      guard !range.isEmpty, bytes[range.lowerBound] == UInt8(ascii: "{") else {
        throw CheckpointError(file.name, "is not a safetensors file: the header does not start with '{'")
      }
      return range
    }
  }

  private static func tensor(
    _ member: JSON.Member, file: FileData, data: Range<Int>
  ) throws(CheckpointError) -> TensorView {
    let name = member.key
    func error(_ problem: String) -> CheckpointError { CheckpointError(file.name, "tensor '\(name)' \(problem)") }

    guard let code = member.value["dtype"]?.string else { throw error("has no dtype") }
    guard let scalarType = ScalarType(safetensors: code) else {
      throw error("has dtype \(code), which is not supported")
    }
    guard let shape = integers(member.value["shape"]), let byteCount = byteCount(of: shape, scalarType) else {
      throw error("has no shape, or one that is out of range")
    }
    guard let offsets = integers(member.value["data_offsets"]), offsets.count == 2,
      0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= data.count
    else {
      throw error("has no data_offsets inside the \(data.count) bytes of data: is the file complete?")
    }
    guard offsets[1] - offsets[0] == byteCount else {
      throw error(
        "has \(offsets[1] - offsets[0]) bytes where \(scalarType) \(shape) takes \(byteCount)")
    }
    return TensorView(
      name: name, scalarType: scalarType, shape: shape, file: file,
      bytes: data.lowerBound + offsets[0]..<data.lowerBound + offsets[1])
  }

  private static func integers(_ json: JSON?) -> [Int]? {
    guard let elements = json?.array else { return nil }
    let integers = elements.compactMap(\.integer)
    return integers.count == elements.count ? integers : nil
  }

  /// The tensors must follow one another without gap or overlap, so that no byte hides and none is read twice.
  private static func requireExactCover(
    _ tensors: [TensorView], of data: Range<Int>, in file: FileData
  ) throws(CheckpointError) {
    var end = data.lowerBound
    for tensor in tensors {
      guard tensor.byteOffset == end else {
        throw CheckpointError(
          file.name,
          "tensor '\(tensor.name)' starts at byte \(tensor.byteOffset - data.lowerBound) of the data, where "
            + "\(end - data.lowerBound) is expected: tensors overlap or leave a gap")
      }
      end += tensor.byteCount
    }
    guard end == data.upperBound else {
      throw CheckpointError(
        file.name, "has \(data.count) bytes of data, but its tensors take \(end - data.lowerBound)")
    }
  }
}

extension ScalarType {
  /// The type of a safetensors dtype.
  fileprivate init?(safetensors code: String) {
    switch code {
    case "F64": self = .float64
    case "F32": self = .float32
    case "F16": self = .float16
    case "BF16": self = .bfloat16
    case "I64": self = .int64
    case "I32": self = .int32
    case "I16": self = .int16
    case "I8": self = .int8
    case "U8": self = .uint8
    case "BOOL": self = .bool
    case "U64": self = .uint64
    case "U32": self = .uint32
    case "U16": self = .uint16
    case "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ": self = .float8
    case "C64": self = .complex64
    default: return nil
    }
  }
}
