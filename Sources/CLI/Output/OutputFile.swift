internal import System

/// A file that is written at the end of long work, and opened before it, so that a wrong path shows at once.
struct OutputFile {
  private let path: String
  private let descriptor: Int32

  /// Opens the file, and keeps its contents until it is written.
  ///
  /// - Throws: ``UsageError`` where it cannot be written.
  init(path: String) throws(UsageError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw UsageError("\(path) cannot be written: \(String(cString: strerror(errno))).")
    }
    self.path = path
    self.descriptor = descriptor
  }

  /// Writes the file and closes it.
  func write(_ text: String) throws(WriteError) {
    defer { close(descriptor) }
    ftruncate(descriptor, 0)  // fails on a pipe, which starts empty
    try Output(descriptor: descriptor, name: path).print(text)
  }
}
