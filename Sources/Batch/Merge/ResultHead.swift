internal import JSON
internal import System

/// What a line of results says about its item, without its texts.
struct ResultHead {
  /// The item's place in the input, counted from 0.
  let index: Int
  /// Its id; null where it has none. Millions are read of which nobody wants to know it, so only then a JSON is made.
  var id: JSON {
    parsedID ?? (try? JSON(parsing: Array(line.dropFirst(name.lowerBound).prefix(name.count)))) ?? .null
  }
  /// Whether it holds an error instead of texts.
  let isError: Bool

  /// The id, where it is not written as plainly as in ``name``.
  private let parsedID: JSON?
  /// The line, and where in it its id is written, counted from its first byte.
  private let line: ArraySlice<UInt8>
  private let name: Range<Int>

  /// The largest place that is believed.
  private static let mostItems = 1 << 32

  /// Reads a line, without its end; nil where it is no result.
  ///
  /// Lines as ``ResultLine`` writes them are looked at as far as needed, others are parsed.
  init?(_ line: ArraySlice<UInt8>) {
    let written = line.withUnsafeBufferPointer { Self.isSound($0) ? Self.written($0, of: line) : nil }
    guard let head = written ?? Self.parsed(line), head.index < Self.mostItems else { return nil }
    self = head
  }

  /// Whether a line may be JSON, by its strings, brackets and the letters outside: of a line that was torn and had another
  /// appended to it, the other's names stand outside.
  private static func isSound(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    var (place, depth) = (0, 0)
    while place < line.count {
      let byte = line[place]
      place += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let end = endOfString(line, from: place) else { return false }
        place = end
      case ..<0x20: return false
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "i"), UInt8(ascii: "d"), UInt8(ascii: "o"), 0x7F...: return false
      default: break
      }
    }
    return depth == 0
  }

  /// Where a string ends that begins before a place: behind its last quote; nil where there is none.
  private static func endOfString(_ line: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    var place = start
    while true {
      place = ByteSearch.endOfPlainText(in: line, from: place)
      guard place < line.count, line[place] >= 0x20 else { return nil }
      if line[place] == UInt8(ascii: "\"") { return place + 1 }
      // A backslash, and what it stands before.
      guard place + 1 < line.count, line[place + 1] >= 0x20 else { return nil }
      place += 2
    }
  }

  /// - Parameter id: Nil where it is a string or a number as it stands at `name` of the line.
  private init?(index: Int, id: JSON?, isError: Bool, line: ArraySlice<UInt8> = [], name: Range<Int> = 0..<0) {
    guard index >= 0, id.map({ $0.isNull || ItemID($0) != nil }) ?? true else { return nil }
    (self.index, self.isError) = (index, isError)
    (parsedID, self.line, self.name) = (id, line, name)
  }

  private static func parsed(_ line: ArraySlice<UInt8>) -> ResultHead? {
    guard let json = try? JSON(parsing: Array(line)), let index = json["index"]?.integer else { return nil }
    return ResultHead(
      index: index, id: json["custom_id"] ?? json["id"] ?? .null, isError: !(json["error"]?.isNull ?? true))
  }

  /// Reads the members up to the one behind "index", without spaces between them.
  private static func written(_ line: UnsafeBufferPointer<UInt8>, of slice: ArraySlice<UInt8>) -> ResultHead? {
    guard line.last == UInt8(ascii: "}") else { return nil }
    var cursor = Cursor(line: line)
    guard let name = cursor.name(), cursor.take("\"index\":"), let index = cursor.number(), cursor.take(",") else {
      return nil
    }
    let isError = cursor.take("\"error\":{") || cursor.take("\"response\":null,\"error\":{")
    guard isError || cursor.take("\"text\":") || cursor.take("\"response\":{") else { return nil }
    if isPlain(line[name]) { return ResultHead(index: index, id: nil, isError: isError, line: slice, name: name) }
    guard let id = try? JSON(parsing: Array(line[name])) else { return nil }
    return ResultHead(index: index, id: id, isError: isError)
  }

  /// Whether an id is a string of ASCII without escapes, whose end is its last byte, or a number of few digits.
  private static func isPlain(_ id: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    if id.first == UInt8(ascii: "\"") { return id.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "\\") } }
    return 1...18 ~= id.count && id.first != UInt8(ascii: "0") && id.allSatisfy { 0x30...0x39 ~= $0 }
  }

  /// Whether an item and a result begin with the same id, as they nearly always do; false where only a parser can tell.
  static func begins(_ result: ArraySlice<UInt8>, as item: ArraySlice<UInt8>) -> Bool {
    result.withUnsafeBufferPointer { result in
      item.withUnsafeBufferPointer { item in
        var (ofResult, ofItem) = (Cursor(line: result), Cursor(line: item))
        guard let first = ofResult.name(), let second = ofItem.name(), first.count == second.count,
          let resultBase = result.baseAddress, let itemBase = item.baseAddress
        else { return false }
        return memcmp(resultBase + first.lowerBound, itemBase + second.lowerBound, first.count) == 0
      }
    }
  }

  private struct Cursor {
    let line: UnsafeBufferPointer<UInt8>
    private var place = 0

    init(line: UnsafeBufferPointer<UInt8>) { self.line = line }

    /// Steps over a text, if it is next.
    mutating func take(_ text: StaticString) -> Bool {
      let count = text.utf8CodeUnitCount
      guard place + count <= line.count, let base = line.baseAddress,
        memcmp(base + place, text.utf8Start, count) == 0
      else { return false }
      place += count
      return true
    }

    /// Steps over digits, and returns their number.
    mutating func number() -> Int? {
      let start = place
      var number = 0
      while place < line.count, place - start < 18, 0x30...0x39 ~= line[place] {
        number = number * 10 + Int(line[place] - 0x30)
        place += 1
      }
      return place > start ? number : nil
    }

    /// Steps over the beginning of a line up to its id, and returns where that is.
    mutating func name() -> Range<Int>? {
      guard take("{") else { return nil }
      _ = take(" ")
      var name: Range<Int>?
      if take("\"id\":") {
        _ = take(" ")
        name = token()
        guard take(",") else { return nil }
      }
      if take("\"custom_id\":") {
        _ = take(" ")
        name = token()
        guard take(",") else { return nil }
      }
      return name
    }

    /// Steps over a string, or all before a comma.
    private mutating func token() -> Range<Int>? {
      let start = place
      if place < line.count, line[place] == UInt8(ascii: "\"") {
        place += 1
        while place < line.count, line[place] != UInt8(ascii: "\"") {
          place += line[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        place += 1
      } else {
        while place < line.count, line[place] != UInt8(ascii: ",") { place += 1 }
      }
      return place <= line.count ? start..<place : nil
    }
  }
}
