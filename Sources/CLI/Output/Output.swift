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
  static var isTerminal: Bool { MessageLevel.current != .quiet && Terminal.isAttached(to: STDERR_FILENO) }

  /// Whether a person sees what is printed, as it comes.
  var isTerminal: Bool { Terminal.isAttached(to: descriptor) }

  /// The columns of its terminal; nil where it is none, and lines may be as long as they like.
  var columns: Int? { isTerminal ? Terminal.columns(of: descriptor) : nil }

  /// A sentence in lines, where it goes to a terminal.
  func lines(_ sentence: String) -> String {
    let sentence = sentence.printable
    return (columns.map { sentence.wrapped(to: max(20, $0)).joined(separator: "\n") } ?? sentence) + "\n"
  }

  /// Writes text as it is.
  ///
  /// - Throws: ``WriteError``, which Swift's `print` would swallow.
  func print(_ text: String) throws(WriteError) {
    let bytes = Array(text.utf8)
    if isTerminal {
      try StatusLine.withoutIt { () throws(WriteError) in try writeAll(bytes, to: descriptor, name: name) }
    } else {
      try writeAll(bytes, to: descriptor, name: name)
    }
  }

  /// Writes a line to standard error; that nobody reads it must not stop the work.
  static func message(_ line: String) { try? messages.print(line.printable + "\n") }

  /// Shows a line of progress, on a terminal in place of the one before; nil takes it away.
  static func progress(_ text: String?) {
    if MessageLevel.current == .quiet { return }
    let line = text.map { $0 + "…" }
    if isTerminal {
      StatusLine.show(line ?? "")
    } else if let line {
      message(line)
    }
  }

  /// Prints a warning about a run that goes on.
  static func notice(_ sentence: String) {
    if MessageLevel.current != .quiet { message("gpt2-gpu: \(sentence)") }
  }

  /// Prints what only those want to know who asked for it.
  static func detail(_ sentence: @autoclosure () -> String) {
    if MessageLevel.current == .verbose { message("gpt2-gpu: \(sentence())") }
  }

  /// Prints an error that ends the program, its name in red where a terminal shows colours.
  static func error(_ sentence: String) {
    let name = Style.boldRed("gpt2-gpu:", on: STDERR_FILENO)
    try? messages.print("\(name) \(sentence.printable)\n")
  }
}
