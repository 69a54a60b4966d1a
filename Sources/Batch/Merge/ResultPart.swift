internal import JSON
internal import System

/// A file of results: all of a job's, or those of a shard.
final class ResultPart {
  let path: String
  /// What the job was; nil where nothing beside the file says so.
  let manifest: JobManifest?
  private let descriptor: Int32
  /// Bytes of the file, ``filled`` of them from ``start``, for lines that lie near each other.
  private var window: [UInt8] = []
  private var start = 0
  private var filled = 0

  private let windowByteCount: Int
  /// What is read at once: few calls, and the processor's caches hold it until it has been looked at.
  static let cachedByteCount = 1 << 18

  /// Opens a part.
  ///
  /// - Throws: ``JobError`` where it cannot be read, a job is writing it, or what describes it cannot be read.
  init(_ path: String, windowByteCount: Int = cachedByteCount) throws(JobError) {
    self.path = path
    self.windowByteCount = windowByteCount
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw JobError("\(path) cannot be read: \(SystemError(code: errno)).") }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw JobError("\(path) is no file of results.")
    }
    // File systems without locks go without.
    if flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK {
      close(descriptor)
      throw JobError("\(path) is being written by a job: wait for its end.")
    }
    do throws(JobError) {
      manifest = access(JobManifest.path(besides: path), F_OK) == 0 ? try JobManifest(besides: path) : nil
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Which file it is; nil where that is not known.
  var identity: FileIdentity? { FileIdentity(descriptor) }

  /// The items that it is to hold; nil where nothing says so.
  var shard: Shard? {
    manifest?.members.last { $0.key == "shard" }?.value.string.flatMap { Shard($0) }
  }

  /// Reads all whole lines, from the first.
  ///
  /// - Returns: Whether the last line is torn: the job was ended while it wrote, and not continued.
  func scan(_ onLine: (ResultHead, _ offset: Int, _ count: Int) throws -> Void) throws -> Bool {
    var reader = LineReader(
      descriptor: descriptor, maximumByteCount: CompletedItems.maximumByteCount,
      chunkByteCount: Self.cachedByteCount)
    var number = 0
    while true {
      let offset = reader.offset
      guard let line = try reader.next() else { return false }
      if !reader.isTerminated { return true }
      number += 1
      guard case .bytes(let bytes) = line, let head = ResultHead(bytes) else {
        throw JobError("\(path): its line \(number) is no result of a batch job.")
      }
      try onLine(head, offset, bytes.count)
    }
  }

  /// A line that ``scan(_:)`` has found, without its end.
  ///
  /// - Parameter isAlone: Whether nothing near it will be wanted: then no more is read.
  func line(at offset: Int, count: Int, isAlone: Bool = false) throws -> ArraySlice<UInt8> {
    if offset < start || offset + count > start + filled {
      try fill(from: offset, atLeast: count, size: isAlone ? count : max(count, windowByteCount))
    }
    return window[(offset - start)..<(offset - start + count)]
  }

  /// Reads the window's bytes.
  private func fill(from offset: Int, atLeast count: Int, size: Int) throws(JobError) {
    if window.count != size { window = [UInt8](repeating: 0, count: size) }
    (start, filled) = (offset, 0)
    while filled < size {
      let read = window.withUnsafeMutableBytes {
        let rest = UnsafeMutableRawBufferPointer(rebasing: $0[filled...])
        return pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
      }
      if read < 0 { throw JobError("\(path) cannot be read: \(SystemError(code: errno)).") }
      if read == 0 { break }
      filled += read
    }
    guard filled >= count else { throw JobError("\(path) was cut short while it was being read.") }
  }
}
