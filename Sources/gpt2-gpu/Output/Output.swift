internal import System

/// Where text goes, unbuffered, so that nothing is lost however the program ends.
struct Output {
  /// Results.
  static let results = Output(descriptor: STDOUT_FILENO, name: "standard output")
  /// Everything else.
  private static let messages = Output(descriptor: STDERR_FILENO, name: "standard error")

  let descriptor: Int32
  /// For messages.
  let name: String

  /// Whether a person sees messages as they come.
  static var isTerminal: Bool { Terminal.isAttached(to: STDERR_FILENO) }

  /// Writes text as it is.
  ///
  /// - Throws: ``WriteError``, which Swift's `print` would swallow.
  func print(_ text: String) throws(WriteError) {
    try writeAll(Array(text.utf8), to: descriptor, name: name)
  }

  /// Writes a line to standard error; that nobody reads it must not stop the work.
  static func message(_ line: String) { try? messages.print(line.printable + "\n") }

  /// Shows a line on a terminal in place of the one shown before; an empty line takes it away.
  static func redraw(_ line: String) { try? messages.print("\r" + line.printable + "\u{1B}[K") }

  /// Writes a line to a terminal, in place of a line that is shown there.
  static func aside(_ line: String) { try? messages.print("\r" + line.printable + "\u{1B}[K\n") }

  /// Shows a line of progress, on a terminal in place of the one before; nil takes it away.
  static func progress(_ text: String?) {
    let line = text.map { $0 + "…" }
    if isTerminal {
      redraw(line ?? "")
    } else if let line {
      message(line)
    }
  }

  /// Prints a warning about a run that goes on.
  static func notice(_ sentence: String) { message("gpt2-gpu: \(sentence)") }
}
