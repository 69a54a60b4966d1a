@testable import Batch
@testable import Checkpoint
@testable import Completions
@testable import GPT2
@testable import Hub
@testable import JSON
@testable import Tokenizer

private import Foundation

/// Readers of what comes from outside, each given whatever bytes libFuzzer thinks of. They may refuse; a trap, a hang or
/// a gigabyte is a fault.
enum Fuzzer: String, CaseIterable {
  case json, safetensors, pickle, configuration, tokenizer, sentencepiece, item, listing, completion

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
    case .listing:
      let listing = try Listing(parsing: Array(bytes), repository: "a/b")
      for file in listing.files {
        precondition(ModelFiles.isSafePath(file.path) && file.size >= 0, "a file that leads out of its repository")
      }
      let choice = FileChoice(listing: listing)
      _ = try choice.files(choice.configuration(), matching: ["*"]) { _ in try JSON(parsing: bytes) }
    case .item:
      _ = ItemParser(isText: false).parse(Array(bytes), number: 1)
    case .completion:
      let (body, model, limits) = (try JSON(parsing: bytes), try Self.model.get(), CompletionLimits())
      _ = try? TextGenerationRequest(parsing: body, limits: limits).request(model)
      _ = try? TokenizeRequest.answer(to: body, model)
      _ = try? DetokenizeRequest.answer(to: body, model)
      let requests = try CompletionRequest(parsing: body, limits: limits, strict: false).requests(model)
      precondition(!requests.isEmpty && requests.allSatisfy { 1...64 ~= $0.tokens.samples * requests.count })
    }
  }

  private static let model = Result { try PretrainedModel(.demo) }

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
