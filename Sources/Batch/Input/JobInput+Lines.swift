internal import System

extension JobInput {
  /// The mark of a blank line, which is no item's.
  static let blankMark = 0

  /// A number for each of a file's first lines, by which a changed one is known: 32 bits, as it is to find slips.
  ///
  /// - Parameters:
  ///   - byteCount: Bytes that the lines lie in.
  ///   - count: The most lines.
  func lineMarks(within byteCount: Int = .max, atMost count: Int = .max) -> [Int] {
    guard let file else { return [] }
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var lines = LineReader(descriptor: descriptor, maximumByteCount: ItemParser.maximumByteCount)
    var marks: [Int] = []
    while marks.count < count, let line = try? lines.next(), lines.offset <= byteCount { marks.append(Self.mark(line)) }
    return marks
  }

  private static func mark(_ line: LineReader.Line) -> Int {
    guard case .bytes(let bytes) = line else { return 1 }
    if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return blankMark }
    return max(2, Int(UInt32(truncatingIfNeeded: MurmurHash3.mix(FNV1a64(bytes).value))))
  }
}
