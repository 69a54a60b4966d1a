internal import Synchronization
internal import System

/// A line at the end of a terminal that is redrawn, such as that of progress. Whatever else is written takes it away
/// first, from any thread; it comes back when it is next drawn.
enum StatusLine {
  private static let isShown = Mutex(false)
  private static let descriptor = STDERR_FILENO

  /// Shows a line in place of the one before, cut to the terminal's width; an empty line takes it away.
  static func show(_ line: String) {
    isShown.withLock { isShown in
      if line.isEmpty && !isShown { return }
      // In the last column, some terminals begin a new line.
      write(line.printable.cut(to: Terminal.columns(of: descriptor) - 1))
      isShown = !line.isEmpty
    }
  }

  /// Writes something else to a terminal, without the line.
  static func withoutIt<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    try isShown.withLock { isShown throws(Failure) in
      if isShown { write("") }
      isShown = false
      return try body()
    }
  }

  /// That nobody reads it must not stop the work.
  private static func write(_ line: String) {
    try? writeAll(Array("\r\(line)\u{1B}[K".utf8), to: descriptor, name: "standard error")
  }
}

extension String {
  /// The text, or where it is longer, as many of its parts between commas as there is room for.
  func cut(to count: Int) -> String {
    if self.count <= count { return self }
    let beginning = prefix(max(0, count))
    // Where the cut is just before a comma, nothing of a part is lost.
    if self[beginning.endIndex...].hasPrefix(", ") { return String(beginning) }
    guard let comma = beginning.lastIndex(of: ",") else { return String(beginning) }
    return String(beginning[..<comma])
  }
}
