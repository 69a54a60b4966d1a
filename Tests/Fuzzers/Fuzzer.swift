@testable import Batch
@testable import Checkpoint
@testable import JSON
@testable import Tokenizer

private import Foundation

/// Readers of what comes from outside, each given whatever bytes libFuzzer thinks of. They may refuse; a trap, a hang or
/// a gigabyte is a fault.
enum Fuzzer: String, CaseIterable {
  case json, safetensors, pickle, configuration, tokenizer, sentencepiece, item

  /// The one that the environment names.
  static func named(by variable: String) -> Fuzzer {
    guard let fuzzer = ProcessInfo.processInfo.environment[variable].flatMap(Fuzzer.init) else {
      fatalError("\(variable) is to be one of \(allCases.map(\.rawValue))")
    }
    return fuzzer
  }

  /// Reads `bytes`.
  func read(_ bytes: UnsafeRawBufferPointer) throws {
    switch self {
    case .json:
      let text = try JSON(parsing: bytes).text
      let again = try JSON(parsing: text).text
      precondition(again == text, "what was written is read as something else")
    case .safetensors:
      Self.touch(try Safetensors(FileData(name: "model.safetensors", embedded: bytes)).tensors)
    case .pickle:
      Self.touch(try PyTorchFile(FileData(name: "pytorch_model.bin", embedded: bytes), verify: true).tensors)
    case .configuration:
      let json = try JSON(parsing: bytes)
      _ = try ModelConfiguration(parsing: json)
      _ = try? AdapterConfiguration(json, file: "adapter_config.json")
    case .tokenizer:
      try Self.use(Tokenizer(files: TokenizerFiles(tokenizer: Array(bytes))))
    case .sentencepiece:
      let configuration = Array(#"{"tokenizer_class": "T5Tokenizer"}"#.utf8)
      try Self.use(Tokenizer(files: TokenizerFiles(sentencePieces: Array(bytes), configuration: configuration)))
    case .item:
      _ = ItemParser(isText: false).parse(Array(bytes), number: 1)
    }
  }

  /// Reads the first and the last byte of every tensor, which must lie in the file.
  private static func touch(_ tensors: [TensorView]) {
    for tensor in tensors {
      tensor.withBytes { bytes in
        guard let first = bytes.first, let last = bytes.last else { return }
        precondition(Int(first) + Int(last) >= 0)
      }
    }
  }

  /// Takes a text there and back.
  private static func use(_ tokenizer: Tokenizer) throws {
    let ids = tokenizer.encode(" My dream isn't\u{301} <|endoftext|> 梦 42\n\n\u{2028}x")
    _ = tokenizer.decode(ids)
    _ = tokenizer.decode([0, 1, 2, 255, 1 << 20, -1])
  }
}
