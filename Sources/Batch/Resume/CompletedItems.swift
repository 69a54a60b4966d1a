internal import Checkpoint
internal import System
internal import JSON

/// The items that earlier runs of a job completed, by its results: those that `--resume` skips.
struct CompletedItems: Sendable {
  /// The items that have a line.
  private(set) var marks: ItemMarks
  /// Lines that hold an error.
  private(set) var errorCount = 0
  /// Lines in all.
  var count: Int { marks.count }

  /// A result may be much longer than its item: escapes, and many samples.
  static let maximumByteCount = 1 << 30

  /// Nothing done yet.
  init() { marks = ItemMarks(hasPlaces: true) }

  /// Reads the results, cuts off a torn last line, and takes out the lines with errors where they are to be retried.
  ///
  /// - Parameters:
  ///   - mendedLines: Lines of the input that have changed since, by the places of their items.
  ///   - hasPlaces: Whether items have the places that they had: what comes by a pipe may come in another order.
  /// - Throws: ``JobError`` where a line is no result, or such an item has a text; then nothing is changed.
  init(repairing file: inout ResultFile, retryingErrors: Bool, mendedLines: [Int: Int] = [:], hasPlaces: Bool) throws {
    marks = ItemMarks(hasPlaces: hasPlaces)
    guard let path = file.path, let retry = file.resolvedPath.map({ $0 + ".retry" }), file.byteCount > 0 else { return }
    var kept: ResultFile?
    if retryingErrors {
      unlink(retry)
      kept = try ResultFile(retry, continues: false)
    }
    defer { kept?.closeFile() }
    let wholeByteCount: Int
    do {
      wholeByteCount = try read(path) { line, place, isError in
        if isError { return }
        if let number = mendedLines[place] {
          throw JobError(
            "\(path) has the text of line \(number) of the input, and that line has changed since: only items without a "
              + "text may be mended. Put the line back, or start again with another --out.")
        }
        try kept?.append(Array(line) + [UInt8(ascii: "\n")])
      }
    } catch {
      if retryingErrors { unlink(retry) }
      throw error
    }
    if retryingErrors && errorCount > 0 {
      kept?.closeFile()
      kept = nil
      try file.replace(by: retry)
      errorCount = 0
      let again = try CompletedItems(repairing: &file, retryingErrors: false, hasPlaces: hasPlaces)
      marks = again.marks
    } else {
      if retryingErrors { unlink(retry) }
      try file.truncate(to: wholeByteCount)
    }
  }

  /// Reads the lines of a file; returns the bytes of the whole ones.
  private mutating func read(
    _ path: String, onLine: (_ line: ArraySlice<UInt8>, _ place: Int, _ isError: Bool) throws -> Void
  ) throws -> Int {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw JobError("\(path) cannot be read: \(SystemError(code: errno)).") }
    defer { close(descriptor) }
    var reader = LineReader(descriptor: descriptor, maximumByteCount: Self.maximumByteCount, chunkByteCount: 1 << 20)
    var number = 0
    var wholeByteCount = 0
    while let line = try reader.next(), reader.isTerminated {
      number += 1
      guard case .bytes(let bytes) = line, let result = try? JSON(parsing: Array(bytes)), insert(result)
      else {
        throw JobError("\(path) cannot be continued: its line \(number) is no result of a batch job.")
      }
      let isError = !(result["error"]?.isNull ?? true)
      if isError { errorCount += 1 }
      try onLine(bytes, result["index"]?.integer ?? 0, isError)
      wholeByteCount = reader.offset
    }
    return wholeByteCount
  }

  /// Adds the item that a result belongs to; false where it is no result.
  private mutating func insert(_ result: JSON) -> Bool {
    let error = result["error"]
    guard let index = result["index"]?.integer else { return false }
    let kind = (error?["type"] ?? error?["code"])?.string
    // Such a line does not speak for the item that has the id.
    let isDuplicate = kind == ItemError.Kind.duplicateID.rawValue
    guard let id = isDuplicate ? .null : result["custom_id"] ?? result["id"] else { return false }
    guard !id.isNull else {
      marks.insert(nil, at: index)
      return true
    }
    guard let id = ItemID(id) else { return false }
    marks.insert(id, at: index)
    return true
  }
}
