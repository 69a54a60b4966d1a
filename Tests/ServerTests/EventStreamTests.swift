import JSON
import Testing
import TestSupport

@testable import Server

/// Events as they are written, read by the rules for those who read them.
@Suite struct EventStreamTests {
  /// Pieces that mean something to a reader of lines, of JSON, of UTF-8 or of UTF-16.
  private static let pieces = [
    "\n", "\r", "\r\n", "\n\n", "\u{85}", "\u{2028}", "\u{2029}", "\u{b}", "\u{c}", "\0", "\u{1b}", "\u{7f}",
    "\u{feff}",
    "\u{fffd}", "\u{ffff}", "\u{10ffff}", "\u{d7ff}", "\u{e000}", "😀", "👨‍👩‍👧", "e\u{301}", "梦", "\\", "\"",
    "\\u0000", "\\ud800", "data: ", "data:", ": ping", "event: x", "id: 1\0", "retry: 1", "[DONE]", " ", "", "abc",
  ]

  /// Any texts, cut anywhere, with signs of life between, come back.
  @Test(arguments: UInt64(0)..<40) func textsComeBack(_ seed: UInt64) throws {
    var random = TestGenerator(state: seed)
    let texts = (0..<20).map { _ in
      (0..<Int.random(in: 0...8, using: &random)).map { _ in
        Self.pieces.randomElement(using: &random) ?? ""
      }.joined()
    }
    var bytes: [UInt8] = []
    for text in texts {
      if Bool.random(using: &random) { bytes += Array(EventStream.sign.utf8) }
      bytes += Array(EventStream.text(ofData: JSON.string(text).text).utf8)
    }
    bytes += Array(EventStream.text(ofData: "[DONE]").utf8)
    var reader = EventReader()
    while !bytes.isEmpty {
      let count = Int.random(in: 1...min(bytes.count, 7), using: &random)
      reader.read(bytes[..<count])
      bytes.removeFirst(count)
    }
    #expect(reader.events.last == "[DONE]")
    let found = try reader.events.dropLast().map { try JSON(parsing: $0).string ?? "no string" }
    // By the scalars: Swift takes texts for equal that are not.
    #expect(found.map { Array($0.unicodeScalars) } == texts.map { Array($0.unicodeScalars) })
  }
}

/// Reads events byte by byte (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation).
private struct EventReader {
  private(set) var events: [String] = []
  private var line: [UInt8] = []
  private var data: [UInt8]?
  private var isAfterReturn = false
  private var isAtStart = true

  mutating func read(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      defer { isAfterReturn = byte == 13 }
      switch byte {
      case 10 where isAfterReturn: break
      case 10, 13: endLine()
      default: line.append(byte)
      }
    }
  }

  private mutating func endLine() {
    if isAtStart, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    isAtStart = false
    defer { line = [] }
    if line.isEmpty {
      if let data { events.append(String(decoding: data.dropLast(), as: UTF8.self)) }
      data = nil
      return
    }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), line[..<colon].elementsEqual("data".utf8) else { return }
    var value = line[(colon + 1)...]
    if value.first == 32 { value.removeFirst() }
    data = (data ?? []) + Array(value) + [10]
  }
}
