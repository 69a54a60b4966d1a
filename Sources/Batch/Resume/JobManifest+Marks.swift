internal import System

/// Behind its first line, a manifest has a mark for each result, written just before it. Earlier ones have none.
extension JobManifest {
  /// Reads the marks of a job's results, in the order in which they were written.
  static func forEachMark(besides results: String, _ body: (LineMark) throws -> Void) throws {
    let path = path(besides: results)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw JobError("\(path) cannot be read: \(SystemError(code: errno)).") }
    defer { close(descriptor) }
    var lines = LineReader(descriptor: descriptor, maximumByteCount: longestLine)
    _ = try lines.next()
    while let line = try lines.next() {
      if case .bytes(let bytes) = line, let mark = LineMark(bytes) { try body(mark) }
    }
  }

  /// Opens the manifest of a file of results for more marks.
  static func fileForMarks(besides results: String) throws -> ResultFile {
    var file = try ResultFile(path(besides: results), continues: true)
    var last = UInt8(ascii: "\n")
    // A killed process may have left a part of a mark: it is a line of its own then.
    if pread(file.descriptor, &last, 1, off_t(file.byteCount - 1)) == 1, last != UInt8(ascii: "\n") {
      try file.append([UInt8(ascii: "\n")])
    }
    return file
  }

  /// The lines of an input that are not what they were when their items' results were written, counted from 1, by the
  /// places of the items: 8 bytes of memory for each result.
  func changedItems(of input: JobInput, besides results: String) throws -> [Int: Int] {
    guard let file = input.file else { return [:] }
    var marks: [UInt64] = []
    try Self.forEachMark(besides: results) { marks.append(UInt64($0.index) << 32 | UInt64($0.value)) }
    if marks.isEmpty { return [:] }
    marks.sort()
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw JobError("\(input.name) cannot be read: \(SystemError(code: errno)).") }
    defer { close(descriptor) }
    var lines = LineReader(descriptor: descriptor, maximumByteCount: ItemParser.maximumByteCount)
    var changed: [Int: Int] = [:]
    var (place, number, next) = (0, 0, 0)
    while next < marks.count, let line = try lines.next() {
      number += 1
      let value = line.markValue
      if value == LineMark.blank, !isText { continue }
      while next < marks.count, marks[next] >> 32 == place {
        if UInt32(truncatingIfNeeded: marks[next]) != value { changed[place] = number }
        next += 1
      }
      place += 1
    }
    // Items that are gone.
    for mark in marks[next...] { changed[Int(mark >> 32)] = number + 1 }
    return changed
  }
}
