internal import System

/// A text that comes from a file or from standard input.
enum TextInput {
  case standardInput
  case file(String)

  /// More than any tokenizer's work that ends within minutes.
  private static let maximumByteCount = 1 << 28

  /// A file by its path; `-` is standard input.
  init(path: String) { self = path == "-" ? .standardInput : .file(path) }

  /// Whether standard input is a file or a pipe, rather than a terminal or nothing.
  static var isPiped: Bool {
    var status = stat()
    return fstat(STDIN_FILENO, &status) == 0 && [S_IFREG, S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
  }

  /// Says so where a text is a file's path, which may have been meant.
  static func noticeFile(_ text: String, option: String, _ verb: String) {
    guard let status = try? fileStatus(text), status.st_mode & S_IFMT == S_IFREG else { return }
    Output.notice("\(text) is a file: \(option) \(text) \(verb) what is in it.")
  }

  private var name: String {
    switch self {
    case .standardInput: "standard input"
    case .file(let path): path
    }
  }

  /// The whole text, without the byte order mark that some programs put before it.
  func text() throws(UsageError) -> String {
    var bytes = try bytes()
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    do {
      return String(copying: try UTF8Span(validating: bytes.span))
    } catch {
      if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
        throw UsageError("\(name) is UTF-16, as Windows writes it: iconv -f UTF-16 -t UTF-8 makes it UTF-8.")
      }
      throw UsageError(
        "\(name) is not UTF-8: the byte at offset \(error.byteOffsets.lowerBound) begins no character.")
    }
  }

  private func bytes() throws(UsageError) -> [UInt8] {
    switch self {
    case .standardInput: return try bytes(from: STDIN_FILENO)
    case .file(let path):
      let descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw failure() }
      defer { close(descriptor) }
      return try bytes(from: descriptor)
    }
  }

  private func bytes(from descriptor: Int32) throws(UsageError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure()
      }
      bytes += chunk[..<count]
      guard bytes.count <= Self.maximumByteCount else {
        throw UsageError("\(name) has more than \(Self.maximumByteCount) bytes.")
      }
    }
  }

  private func failure() -> UsageError { UsageError("\(name) cannot be read: \(String(cString: strerror(errno))).") }
}
