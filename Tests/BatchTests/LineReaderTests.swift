import Foundation
import JSON
import Testing

@testable import Batch

@Suite struct LineReaderTests {
  /// The lines of some bytes; `nil` for those that are too long.
  private func lines(_ text: String, maximum: Int = 10, chunk: Int) throws -> [String?] {
    let folder = try JobFolder()
    try folder.write(text.utf8)
    let file = try FileHandle(forReadingFrom: folder.url.appending(path: "in"))
    var reader = LineReader(descriptor: file.fileDescriptor, maximumByteCount: maximum, chunkByteCount: chunk)
    var lines: [String?] = []
    while let line = try reader.next() {
      switch line {
      case .tooLong: lines.append(nil)
      case .bytes(let bytes): lines.append(String(decoding: bytes, as: UTF8.self))
      }
      #expect(reader.isTerminated || reader.offset == text.utf8.count)
    }
    #expect(reader.offset == text.utf8.count)
    return lines
  }

  @Test(arguments: [1, 2, 3, 7, 64])
  func everyKindOfEnd(chunk: Int) throws {
    #expect(try lines("", chunk: chunk) == [])
    #expect(try lines("\n", chunk: chunk) == [""])
    #expect(try lines("a", chunk: chunk) == ["a"])
    #expect(try lines("a\n\nb\n", chunk: chunk) == ["a", "", "b"])
    #expect(try lines("a\r\nb\rc\r\n\r\nd\r", chunk: chunk) == ["a", "b\rc", "", "d"])
    #expect(try lines("0123456789\n01234567890\nx", chunk: chunk) == ["0123456789", nil, "x"])
    #expect(try lines(String(repeating: "y", count: 100), chunk: chunk) == [nil])
  }

  @Test func hugeLinesOfAJob() throws {
    let folder = try JobFolder()
    var bytes = Array(#"{"prompt":"a"}"#.utf8) + [0x0A]
    bytes += [UInt8](repeating: 0x20, count: ItemParser.maximumByteCount + 1) + [0x0A]
    bytes += Array(#"{"prompt":"b"}"#.utf8) + [UInt8](repeating: 0x20, count: 1 << 20)
    try folder.write(bytes)
    let summary = try folder.run { $0.isOrdered = true }
    #expect(summary.items == 3 && summary.errors == 1)
    let results = try folder.results()
    #expect(results[1]["error"]?["type"]?.string == "line_too_long")
    #expect(results[1]["id"]?.isNull == true && results[2]["id"]?.integer == 3)
  }
}
