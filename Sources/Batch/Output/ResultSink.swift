internal import System
internal import GPT2
internal import Synchronization

/// Writes the lines of finished items, which come from any thread.
final class ResultSink: Sendable {
  private struct State {
    var file: ResultFile
    /// Where the marks of the items' lines go, each before its result: one without a result does no harm.
    var marks: ResultFile?
    /// Lines that wait for the items before theirs, by ordinal, and their bytes.
    var waiting: [Int: Line] = [:]
    var waitingByteCount = 0
    /// The ordinal whose line is next, where order is kept.
    var next = 0
    var counts = Counts()

    mutating func append(_ line: Line) throws(WriteError) {
      if let mark = line.mark { try marks?.append(mark.line) }
      try file.append(line.bytes)
      next += 1
      counts.items += 1
      if line.isError { counts.errors += 1 }
    }
  }

  private struct Line {
    let bytes: [UInt8]
    let isError: Bool
    let mark: LineMark?
  }

  /// The lines that this run has written.
  struct Counts {
    /// Lines, those with errors among them.
    var items = 0
    var errors = 0
  }

  private let isOrdered: Bool
  private let state: Mutex<State>

  /// How much may wait for the items before: beyond that, no more items are begun until those are done.
  private static let mostWaitingLines = 1024
  private static let mostWaitingBytes = 1 << 25

  init(_ file: ResultFile, isOrdered: Bool, marks: ResultFile? = nil) {
    self.isOrdered = isOrdered
    state = Mutex(State(file: file, marks: marks))
  }

  /// The lines written so far.
  var counts: Counts { state.withLock { $0.counts } }

  /// Whether so much waits for earlier items that no more should be begun.
  var isFull: Bool {
    isOrdered
      && state.withLock { $0.waiting.count >= Self.mostWaitingLines || $0.waitingByteCount >= Self.mostWaitingBytes }
  }

  /// Writes an item's line, now or when its turn comes.
  func write(_ bytes: [UInt8], ordinal: Int, isError: Bool, mark: LineMark? = nil) throws(WriteError) {
    let line = Line(bytes: bytes, isError: isError, mark: mark)
    try state.withLock { state throws(WriteError) in
      if isOrdered && ordinal != state.next {
        state.waiting[ordinal] = line
        state.waitingByteCount += bytes.count
        return
      }
      try state.append(line)
      while let line = state.waiting.removeValue(forKey: state.next) {
        state.waitingByteCount -= line.bytes.count
        try state.append(line)
      }
    }
  }

  /// Brings everything to the disk, and closes the file.
  ///
  /// - Throws: `WriteError`, ``LostResults``.
  func close() throws {
    try state.withLock { state in
      defer {
        state.marks?.closeFile()
        state.marks = nil
      }
      try state.file.synchronize()
      try state.file.requireWhole()
      state.file.closeFile()
    }
  }
}
