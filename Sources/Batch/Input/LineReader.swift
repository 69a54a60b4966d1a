internal import System

/// The lines of a file or a pipe, each as soon as it is there, none longer in memory than a bound.
struct LineReader {
  /// A line, without its end.
  enum Line {
    /// Where it lies in the reader's memory, if it is whole there: whoever keeps it, keeps all that was read with it.
    case bytes(ArraySlice<UInt8>)
    /// A line of more bytes than are taken, which has been stepped over.
    case tooLong
  }

  private let descriptor: Int32
  private let maximumByteCount: Int
  private var chunk: [UInt8]
  private var rest = 0..<0
  /// Bytes up to the end of the last line that was given out.
  private(set) var offset = 0
  /// Whether the last line that was given out had a line feed.
  private(set) var isTerminated = true

  init(descriptor: Int32, maximumByteCount: Int, chunkByteCount: Int = 1 << 16) {
    self.descriptor = descriptor
    self.maximumByteCount = maximumByteCount
    chunk = [UInt8](repeating: 0, count: chunkByteCount)
  }

  /// The next line; nil at the end. A last line needs no line feed, and a carriage return before it is no part of it.
  ///
  /// - Throws: The system's reason why the file cannot be read.
  mutating func next() throws(SystemError) -> Line? {
    // Of a line that began in memory where other bytes are now.
    var beginning: [UInt8] = []
    var isTooLong = false
    isTerminated = false
    var hasBytes = false
    while !isTerminated {
      if rest.isEmpty {
        guard try fill() else { break }
      }
      hasBytes = true
      let end = ByteSearch.first(UInt8(ascii: "\n"), in: chunk, rest)
      let part = rest.lowerBound..<(end ?? rest.upperBound)
      isTerminated = end != nil
      let taken = part.count + (isTerminated ? 1 : 0)
      offset += taken
      rest = rest.dropFirst(taken)
      if beginning.count + part.count > maximumByteCount { isTooLong = true }
      if isTooLong {
        beginning = []
      } else if isTerminated && beginning.isEmpty {
        return .bytes(Self.withoutReturn(chunk[part]))
      } else {
        beginning += chunk[part]
      }
    }
    guard hasBytes else { return nil }
    return isTooLong ? .tooLong : .bytes(Self.withoutReturn(beginning[...]))
  }

  private static func withoutReturn(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    line.last == UInt8(ascii: "\r") ? line.dropLast() : line
  }

  /// Reads the bytes there are, at least one; false at the end.
  private mutating func fill() throws(SystemError) -> Bool {
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count >= 0 {
        rest = 0..<count
        return count > 0
      }
      if errno == EAGAIN {  // a parent made the pipe non-blocking
        var readiness = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&readiness, 1, -1)
      } else if errno != EINTR {
        throw SystemError(code: errno)
      }
    }
  }
}
