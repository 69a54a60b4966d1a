@testable import Checkpoint

/// Writes safetensors files, right ones and wrong ones.
enum SafetensorsWriter {
  static func file(_ tensors: [StoredTensor], padding: Int = 0) -> [UInt8] {
    var entries = [#""__metadata__":{"format":"pt"}"#]
    var data: [UInt8] = []
    for tensor in tensors {
      let end = data.count + tensor.bytes.count
      entries.append(entry(tensor.name, code(tensor.scalarType), tensor.shape, [data.count, end]))
      data += tensor.bytes
    }
    return file(header: "{\(entries.joined(separator: ","))}" + String(repeating: " ", count: padding), data: data)
  }

  static func file(header: String, data: [UInt8]) -> [UInt8] {
    UInt64(header.utf8.count).bytes + Array(header.utf8) + data
  }

  static func entry(_ name: String, _ dtype: String, _ shape: [Int], _ offsets: [Int]) -> String {
    #""\#(name)":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  static func code(_ type: ScalarType) -> String {
    switch type {
    case .float64: "F64"
    case .float32: "F32"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .int64: "I64"
    case .int32: "I32"
    case .int16: "I16"
    case .int8: "I8"
    case .uint8: "U8"
    case .bool: "BOOL"
    case .uint64: "U64"
    case .uint32: "U32"
    case .uint16: "U16"
    case .float8: "F8_E4M3"
    case .complex64: "C64"
    case .complex128: "C128"
    }
  }
}
