import Foundation
import TestSupport
import Testing

@testable import Tokenizer

/// Expectations are the results of `tokenizers` 0.23.3.
@Suite struct NormalizerTests {
  @Test(arguments: [
    (false, true, "e\u{301}\u{323} A\u{30A} \u{1100}\u{1161}\u{11A8} ﬁ", "\u{1EB9}\u{301} \u{C5} \u{AC01} ﬁ"),
    (false, false, "\u{E9} \u{212B} \u{AC01} ﬁ", "e\u{301} A\u{30A} \u{1100}\u{1161}\u{11A8} ﬁ"),
    (true, true, "ﬁ ½ ａ ① \u{3300} \u{1E9B}\u{323}", "fi 1\u{2044}2 a 1 \u{30A2}\u{30D1}\u{30FC}\u{30C8} \u{1E69}"),
    (true, false, "ﬁ \u{E9}", "fi e\u{301}"),
    // A mark is blocked by one of its class before it, a base by another base.
    (false, true, "a\u{300}\u{301} \u{1100}\u{300}\u{1161}", "\u{E0}\u{301} \u{1100}\u{300}\u{1161}"),
  ])
  func unicodeForms(isCompatible: Bool, composes: Bool, text: String, expected: String) {
    let form = UnicodeForm(isCompatible: isCompatible, composes: composes)
    #expect(form.apply(to: Array(text.utf8)).elementsEqual(expected.utf8))
  }

  /// Sorting them by insertion would take minutes.
  @Test func longRunsOfMarks() {
    let text = Array(("a" + String(repeating: "\u{301}\u{323}", count: 50_000)).utf8)
    let composed = UnicodeForm(isCompatible: false, composes: true).apply(to: text)
    #expect(composed.starts(with: "\u{1EA1}\u{323}".utf8) && composed.count == text.count)
  }

  /// Bytes from a file: nothing is read beside them, and what comes out is UTF-8.
  @Test func damagedMapsOfCharacters() throws {
    let text = try RandomText()
    for seed in 0..<300 {
      var random = TestGenerator(state: UInt64(seed))
      let size = 4 * random.below(40)
      var bytes = (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
      bytes += (0..<size).map { _ in UInt8(random.below(4) == 0 ? random.below(256) : 0) }
      bytes += Array(text.string(seed: seed).utf8)
      guard let map = PrecompiledMap(bytes) else { continue }
      let result = map.apply(to: Array(text.string(seed: seed + 1).utf8))
      #expect(String(validating: result, as: UTF8.self) != nil)
    }
    for bytes: [UInt8] in [[], [1, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [8, 0, 0, 0, 0, 0, 0, 0]] {
      #expect(PrecompiledMap(bytes) == nil)
    }
  }

  @Test func growthIsBounded() throws {
    let step = #"{"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}"#
    for (count, isRefused) in [(12, false), (13, true)] {
      let steps = Array(repeating: step, count: count).joined(separator: ",")
      var files = SmallTokenizer.json(normalizer: #"{"type": "Sequence", "normalizers": [\#(steps)]}"#)
      files.configuration = Array(#"{"tokenizer_class": "PreTrainedTokenizerFast"}"#.utf8)
      #expect(((try? Tokenizer(files: files)) == nil) == isRefused)
    }
  }

  /// What a file says of a tokenizer's parts, each of which would make some text too long, or a stack too deep.
  @Test(arguments: [
    (#"{"type": "ByteLevel"}"#, 12, "normalizer", "normalizers"),
    (#"{"type": "ByteLevel", "add_prefix_space": true, "use_regex": false}"#, 7, "pre_tokenizer", "pretokenizers"),
    (#"{"type": "Metaspace"}"#, 5, "pre_tokenizer", "pretokenizers"),
    (#"{"type": "Replace", "pattern": {"String": "a"}, "content": "aaaa"}"#, 6, "decoder", "decoders"),
    (
      #"{"type": "Sequence", "normalizers": [{"type": "Lowercase"}, {"type": "NFC"}]}"#, 32, "normalizer", "normalizers"
    ),
    (#"{"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "Fuse"}]}"#, 32, "decoder", "decoders"),
    (
      #"{"type": "Sequence", "pretokenizers": [{"type": "Digits"}, {"type": "Digits"}]}"#, 32, "pre_tokenizer",
      "pretokenizers"
    ),
  ])
  func stepsTogetherAreBounded(step: String, most: Int, part: String, member: String) throws {
    func load(_ count: Int) throws(TokenizerError) {
      let steps = Array(repeating: step, count: count)
      let halves = [steps.prefix(count / 2), steps.suffix(from: count / 2)].map { half in
        #"{"type": "Sequence", "\#(member)": [\#(half.joined(separator: ","))]}"#
      }
      let json = #"{"type": "Sequence", "\#(member)": [\#(halves.joined(separator: ","))]}"#
      var files =
        switch part {
        case "normalizer": SmallTokenizer.json(normalizer: json)
        case "decoder": SmallTokenizer.json(decoder: json)
        default: SmallTokenizer.json(preTokenizer: json)
        }
      files.configuration = Array(#"{"tokenizer_class": "PreTrainedTokenizerFast"}"#.utf8)
      _ = try Tokenizer(files: files)
    }
    try load(most)
    let error = #expect(throws: TokenizerError.self) { try load(most + 1) }
    #expect("\(try #require(error))".contains(part))
  }

  @Test func aMapOfCharactersIsBounded() throws {
    for (count, isRefused) in [(4096, false), (4097, true)] {
      let map = Data([4, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0x61, count: count)).base64EncodedString()
      var files = SmallTokenizer.json(normalizer: #"{"type": "Precompiled", "precompiled_charsmap": "\#(map)"}"#)
      files.configuration = Array(#"{"tokenizer_class": "PreTrainedTokenizerFast"}"#.utf8)
      #expect(((try? Tokenizer(files: files)) == nil) == isRefused)
    }
  }

  @Test func base64() {
    #expect(Base64.decode("AP8Q") == [0, 255, 16] && Base64.decode("/w==") == [255] && Base64.decode("+w") == [251])
    #expect(Base64.decode("") == [] && Base64.decode("A-") == nil)
  }
}
