import Foundation
import Testing

@testable import Tokenizer

/// Equality with Hugging Face's `tokenizers` for other tokenizers than GPT-2's own, by `Fixtures/make_relatives.py`:
/// those beside the tests, and those in the folder that the environment variable GPT2_GPU_TOKENIZERS names.
@Suite struct RelativesTests {
  private static let folders: [URL] = {
    let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/relatives")
    let more = ProcessInfo.processInfo.environment["GPT2_GPU_TOKENIZERS"].map { URL(filePath: $0) }
    return [fixtures, more].compactMap(\.self).flatMap { folder in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      return names.sorted().map { folder.appending(path: $0) }
    }
  }()

  @Test func haveFixtures() { #expect(Self.folders.count >= 5) }

  @Test(arguments: folders)
  func encodeAndDecodeAsHuggingFaceDoes(folder: URL) throws {
    let files = TokenizerFiles { try? [UInt8](Data(contentsOf: folder.appending(path: $0))) }
    let tokenizer = try Tokenizer(files: files, rowCount: 10_000)
    let random = try RandomText()
    let lines = String(decoding: try Data(contentsOf: folder.appending(path: "hashes.txt")), as: UTF8.self)
    var different: [Range<Int>] = []
    for (group, line) in lines.split(separator: "\n").enumerated() {
      let seeds = group * 100..<group * 100 + 100
      let hashes = self.hashes(tokenizer, random, seeds).map(Self.hexadecimal)
      if hashes != line.split(separator: " ").map(String.init) { different.append(seeds) }
    }
    #expect(different.isEmpty, "\(folder.lastPathComponent): texts of the seeds \(different) differ")
  }

  private func hashes(_ tokenizer: Tokenizer, _ random: RandomText, _ seeds: Range<Int>) -> [UInt64] {
    var (ids, texts): ([UInt8], [UInt8]) = ([], [])
    for seed in seeds {
      let tokens = tokenizer.encode(random.string(seed: seed))
      for id in tokens + [-1] { ids += (0..<4).map { UInt8(truncatingIfNeeded: id >> (8 * $0)) } }
      let drawn = RandomText.ids(seed: seed).map { $0 % TokenID(tokenizer.vocabularySize) } + tokens
      texts += Array(tokenizer.decode(drawn, skippingSpecial: true).utf8) + [0xFF]
    }
    return [fnv1a(ids), fnv1a(texts)]
  }

  /// As its bytes stand in memory, the lowest first.
  private static func hexadecimal(_ hash: UInt64) -> String {
    let digits = String(hash.byteSwapped, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
