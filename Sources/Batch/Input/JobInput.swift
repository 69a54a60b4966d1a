internal import Checkpoint
internal import System
internal import JSON

/// Where a job's items come from.
struct JobInput: Sendable {
  /// For messages.
  let name: String
  let descriptor: Int32
  /// The file's path and size; nil for a pipe or a terminal.
  let file: (path: String, byteCount: Int)?

  /// Bytes at the start that tell one input from another.
  private static let prefixByteCount = 1 << 16

  /// Opens a file, or standard input for `-`.
  init(_ path: String) throws(JobError) {
    var status = stat()
    if path == "-" {
      (name, descriptor) = ("standard input", STDIN_FILENO)
      file = nil
      return
    }
    name = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      throw JobError("\(path) cannot be read: \(SystemError(code: errno)).")
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      close(descriptor)
      throw JobError("\(path) cannot be read: it is a folder.")
    }
    file = status.st_mode & S_IFMT == S_IFREG ? (path, Int(status.st_size)) : nil
  }

  func closeFile() { if descriptor != STDIN_FILENO { close(descriptor) } }

  /// A hash of the first bytes of a file; nil where they cannot be read.
  ///
  /// - Parameter count: How many bytes; as many as are usual where nil.
  func prefix(_ count: Int? = nil) -> (byteCount: Int, hash: String)? {
    guard let file else { return nil }
    var bytes = [UInt8](repeating: 0, count: min(count ?? Self.prefixByteCount, Self.prefixByteCount, file.byteCount))
    var filled = 0
    while filled < bytes.count {
      let read = bytes[filled...].withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(filled)) }
      guard read > 0 else { return nil }
      filled += read
    }
    return (bytes.count, FNV1a128(bytes).text)
  }
}
