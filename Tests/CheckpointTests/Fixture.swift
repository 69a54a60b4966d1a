import JSON

@testable import Checkpoint

/// A tensor for every format's writer.
struct StoredTensor {
  var name: String
  var scalarType = ScalarType.float32
  var shape: [Int]
  var bytes: [UInt8]

  /// A tensor whose bytes follow from its name, so that a mix-up shows.
  init(_ name: String, _ shape: [Int], _ scalarType: ScalarType = .float32) {
    self.name = name
    self.shape = shape
    self.scalarType = scalarType
    let seed = name.utf8.reduce(UInt8(7)) { $0 &* 31 &+ $1 }
    bytes = (0..<shape.reduce(scalarType.byteCount, *)).map { seed &+ UInt8(truncatingIfNeeded: $0 &* 5) }
  }
}

/// A GPT-2 of a few hundred weights.
enum Fixture {
  static let configuration: ModelConfiguration = {
    var configuration = ModelConfiguration()
    configuration.vocabularySize = 11
    configuration.contextLength = 6
    configuration.embeddingSize = 4
    configuration.layerCount = 2
    configuration.headCount = 2
    configuration.innerSize = 16
    return configuration
  }()

  static let json = #"""
    {"model_type": "gpt2", "vocab_size": 11, "n_positions": 6, "n_embd": 4, "n_layer": 2, "n_head": 2,
     "task_specific_params": {"text-generation": {"max_length": 160}}}
    """#

  static func tensors(prefix: String = "", _ scalarType: ScalarType = .float32) -> [StoredTensor] {
    configuration.parameters.map { StoredTensor(prefix + $0.name, $0.shape, scalarType) }
  }

  /// The buffers that files of 2021 carry.
  static func masks(prefix: String = "") -> [StoredTensor] {
    (0..<2).flatMap { layer in
      [
        StoredTensor("\(prefix)h.\(layer).attn.bias", [1, 1, 6, 6], .uint8),
        StoredTensor("\(prefix)h.\(layer).attn.masked_bias", []),
      ]
    }
  }

  /// A model in memory from its files' bytes; config.json is added where it is not given.
  static func model(_ files: [String: [UInt8]], json: String = json) -> ModelFiles {
    var contents = files
    if contents["config.json"] == nil { contents["config.json"] = Array(json.utf8) }
    return ModelFiles(
      name: "tiny", files: contents.reduce(into: [:]) { $0[$1.key] = .init("tiny/\($1.key)", $1.value) })
  }
}

extension FileData {
  convenience init(_ name: String, _ bytes: [UInt8]) {
    self.init(name: name, count: bytes.count) { $0.copyBytes(from: bytes) }
  }
}

extension TensorView {
  var bytes: [UInt8] { withBytes { Array($0) } }
}

extension FixedWidthInteger {
  /// Little-endian.
  var bytes: [UInt8] { (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) } }
}

/// The error that an expression throws, as its sentence; empty where it throws none.
func message<T>(_ body: () throws(CheckpointError) -> T) -> String {
  do throws(CheckpointError) {
    _ = try body()
    return ""
  } catch {
    return error.description
  }
}
