import Foundation
import Testing

@testable import Tokenizer

/// GPT-2's own files, which are too large for the repository: `../shared/data` beside the package.
enum SharedData {
  static let folder = packageRoot.deletingLastPathComponent().appending(path: "shared/data")

  /// GPT-2's tokenizer, made once; `nil` where the files are absent.
  static let gpt2: Result<Tokenizer, TokenizerError>? = {
    let folder = Self.folder.appending(path: "gpt2")
    let files = TokenizerFiles { try? [UInt8](Data(contentsOf: folder.appending(path: $0))) }
    guard files.vocabulary != nil else { return nil }
    return Result { () throws(TokenizerError) in try Tokenizer(files: files) }
  }()

  /// The files kept beside the tests.
  static func fixture(_ name: String) throws -> [UInt8] {
    try [UInt8](
      Data(contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)")))
  }

  private static let packageRoot = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}

extension Trait where Self == ConditionTrait {
  /// Skips a test where GPT-2's vocabulary is absent.
  static var needsGPT2: Self {
    .enabled(if: SharedData.gpt2 != nil, "needs GPT-2's vocab.json and merges.txt in \(SharedData.folder.path)/gpt2")
  }
}
