#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Where text goes, unbuffered, so that nothing is lost however the program ends.
struct Output {
  /// Results.
  static let results = Output(descriptor: STDOUT_FILENO)
  /// Everything else.
  private static let messages = Output(descriptor: STDERR_FILENO)

  private let descriptor: Int32

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// Whether a person sees messages as they come.
  static var isTerminal: Bool { isatty(STDERR_FILENO) != 0 }

  /// Writes text as it is.
  ///
  /// - Throws: ``OutputError``, which Swift's `print` would swallow.
  func print(_ text: String) throws(OutputError) {
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        start += count
      } else if errno == EAGAIN {  // a parent made the pipe non-blocking
        var readiness = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&readiness, 1, -1)
      } else if errno != EINTR {
        throw OutputError(code: errno)
      }
    }
  }

  /// Writes a line to standard error; that nobody reads it must not stop the work.
  static func message(_ line: String) { try? messages.print(line.printable + "\n") }

  /// Shows a line on a terminal in place of the one shown before; an empty line takes it away.
  static func redraw(_ line: String) { try? messages.print("\r" + line.printable + "\u{1B}[K") }

  /// Tells what runs now, over what was told before on a terminal; nil takes it away.
  static func progress(_ text: String?) {
    let line = text.map { $0 + "…" }
    if isTerminal {
      redraw(line ?? "")
    } else if let line {
      message(line)
    }
  }

  /// Tells what a person should know about a run that goes on.
  static func notice(_ sentence: String) { message("gpt2-gpu: \(sentence)") }
}

/// An output did not take what was written.
struct OutputError: Error, CustomStringConvertible {
  /// The system's error number.
  let code: Int32

  /// Whether nobody reads any more.
  var isClosedPipe: Bool { code == EPIPE }
  /// Whether there is no room.
  var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }

  var description: String { "standard output cannot be written: \(String(cString: strerror(code)))" }
}
