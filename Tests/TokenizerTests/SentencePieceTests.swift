import TestSupport
import Testing

@testable import Tokenizer

/// `T5Tokenizer` from `spiece.model`; expectations are the results of transformers 5.23.
@Suite struct SentencePieceTests {
  /// `<s>` and `</s>` (control), `<unk>`, `▁`, `▁the`, `re`, `th`, `e`, `<user>` (user-defined), `日本` and `r`, written
  /// by SentencePiece's own message.
  private static let model =
    "CgwKAzxzPhUAAAAAGAMKDQoEPC9zPhUAAAAAGAMKDgoFPHVuaz4VAAAAABgCCgwKA+KWgRUAAADAGAEKDwoG4paBdGhlFQAAQMAYAQoLCgJyZRUA"
    + "AIDAGAEKCwoCdGgVAACgwBgBCgoKAWUVAADAwBgBCg8KBjx1c2VyPhUAAAAAGAQKDwoG5pel5pysFQAAYMAYAQoKCgFyFQAA4MAYARIFGAHAAgI="

  private func files() -> TokenizerFiles {
    TokenizerFiles(
      sentencePieces: Base64.decode(Self.model),
      configuration: Array(#"{"tokenizer_class": "T5Tokenizer", "extra_ids": 1}"#.utf8))
  }

  @Test(
    arguments: [
      ("there the", [4, 5, 4, 1], "there the"), ("the<user>日本?!", [4, 8, 3, 9, 2, 1], "the<user> 日本"),
      ("<extra_id_0> e", [11, 3, 7, 1], "e"), ("", [1], ""),
    ] as [(String, [TokenID], String)])
  func encodesAndDecodes(text: String, ids: [TokenID], decoded: String) throws {
    let tokenizer = try Tokenizer(files: files())
    #expect(tokenizer.encode(text) == ids)
    #expect(tokenizer.decode(ids, skippingSpecial: true) == decoded)
  }

  /// A flipped, lost or doubled byte, or a cut file, makes an error or another tokenizer, never a crash.
  @Test func damagedFilesDoNotCrash() throws {
    let text = try RandomText()
    let whole = try #require(files().sentencePieces)
    var refused = 0
    for seed in 0..<400 {
      var random = TestGenerator(state: UInt64(seed))
      var bytes = whole
      let position = random.below(bytes.count)
      switch random.below(4) {
      case 0: bytes[position] ^= 1 << random.below(8)
      case 1: bytes.remove(at: position)
      case 2: bytes.insert(0xFF, at: position)
      default: bytes.removeSubrange(position...)
      }
      var files = files()
      files.sentencePieces = bytes
      do throws(TokenizerError) {
        let tokenizer = try Tokenizer(files: files)
        let ids = tokenizer.encode(text.string(seed: seed) + "there")
        #expect(ids.allSatisfy { tokenizer.bytes(of: $0) != nil })
      } catch {
        refused += 1
        #expect(!error.problem.isEmpty)
      }
    }
    #expect(refused > 100 && refused < 400)
  }

  @Test func otherClassesAreTold() throws {
    var files = files()
    files.configuration = Array(#"{"tokenizer_class": "AlbertTokenizer"}"#.utf8)
    let error = try #require(throws: TokenizerError.self) { try Tokenizer(files: files) }
    #expect(error.description.contains("spiece.model") && error.description.contains("save_pretrained"))
  }
}
