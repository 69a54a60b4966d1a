internal import System

extension JobInput {
  /// The marks of a file's first lines.
  ///
  /// - Parameters:
  ///   - byteCount: Bytes that the lines begin in.
  ///   - count: The most lines.
  func lineMarks(within byteCount: Int = .max, atMost count: Int = .max) -> [UInt32] {
    guard let file else { return [] }
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var lines = LineReader(descriptor: descriptor, maximumByteCount: ItemParser.maximumByteCount)
    var marks: [UInt32] = []
    while marks.count < count, lines.offset < byteCount, let line = try? lines.next() {
      marks.append(line.markValue)
    }
    return marks
  }
}
