internal import System

/// Beside a manifest lies a file with a mark for each result, written just before it; beside earlier ones there is none.
extension JobManifest {
  /// Where the marks of a file of results are.
  static func marksPath(besides results: String) -> String { results + ".job.lines" }

  /// Reads the marks of a job's results, in the order in which they were written.
  static func forEachMark(besides results: String, _ body: (LineMark) throws -> Void) throws {
    let path = marksPath(besides: results)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0, errno == ENOENT { return }
    guard descriptor >= 0 else { throw JobError("\(path) cannot be read: \(SystemError(code: errno)).") }
    defer { close(descriptor) }
    var lines = LineReader(descriptor: descriptor, maximumByteCount: 1 << 10)
    while let line = try lines.next() {
      if case .bytes(let bytes) = line, let mark = LineMark(bytes) { try body(mark) }
    }
  }

  /// Opens the marks of a file of results for more.
  static func fileForMarks(besides results: String) throws -> ResultFile {
    var file = try ResultFile(marksPath(besides: results), continues: true)
    var last = UInt8(ascii: "\n")
    // A killed process may have left a part of a mark: it is a line of its own then.
    if file.byteCount > 0, pread(file.descriptor, &last, 1, off_t(file.byteCount - 1)) == 1, last != UInt8(ascii: "\n")
    {
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
