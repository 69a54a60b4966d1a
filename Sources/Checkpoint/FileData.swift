#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Immutable bytes with a name: a memory-mapped file, or data carried inside the binary.
///
/// A mapped file must not be shortened while it is in use: the system answers a read past the new end with SIGBUS.
/// (Replacing it by renaming another over it, as downloaders do, is harmless.)
///
/// Unchecked because of the pointer only: the bytes are never written after `init`, and are freed in `deinit`.
public final class FileData: @unchecked Sendable {
  private enum Ownership { case mapped, allocated, borrowed }

  /// The path, or the name given, for messages.
  public let name: String
  private let bytes: UnsafeRawBufferPointer
  private let ownership: Ownership

  /// The number of bytes.
  public var count: Int { bytes.count }

  /// Maps a regular file, read-only. Nothing is read before it is touched.
  public init(path: String) throws(CheckpointError) {
    // O_NONBLOCK: opening a FIFO must fail the check below rather than hang.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.systemError(path, "cannot be opened") }
    defer { close(descriptor) }

    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.systemError(path, "cannot be examined") }
    guard status.st_mode & S_IFMT == S_IFREG else { throw CheckpointError(path, "is not a regular file") }
    let size = Int(status.st_size)

    name = path
    if size == 0 {  // mmap refuses empty ranges
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      ownership = .borrowed
    } else {
      guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
        throw Self.systemError(path, "cannot be mapped into memory")
      }
      bytes = UnsafeRawBufferPointer(start: start, count: size)
      ownership = .mapped
    }
  }

  /// Bytes embedded in the binary, which live as long as the process.
  public init(name: String, embedded bytes: UnsafeRawBufferPointer) {
    self.name = name
    self.bytes = bytes
    ownership = .borrowed
  }

  /// Fresh bytes, filled once.
  package init(name: String, count: Int, filling fill: (UnsafeMutableRawBufferPointer) -> Void) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    fill(memory)
    self.name = name
    bytes = UnsafeRawBufferPointer(memory)
    ownership = .allocated
  }

  deinit {
    switch ownership {
    case .mapped: munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    case .allocated: bytes.deallocate()
    case .borrowed: break
    }
  }

  private static func systemError(_ path: String, _ problem: String) -> CheckpointError {
    CheckpointError(path, "\(problem): \(String(cString: strerror(errno)))")
  }
}

extension FileData {
  /// Lends the bytes for the duration of a call.
  public func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try withExtendedLifetime(self) { () throws(E) in try body(bytes) }
  }

  /// Lets the system drop the pages that lie wholly in a range of a mapped file, once they were used.
  ///
  /// The bytes stay valid: touching them reads the file again.
  public func release(_ range: Range<Int>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let range = range.clamped(to: 0..<count)
    // The mapping starts on a page boundary, so offsets round as addresses do.
    let start = (range.lowerBound + page - 1) / page * page
    advise(start..<max(start, range.upperBound / page * page), MADV_DONTNEED)
  }

  /// Asks the system to read a range of a mapped file ahead.
  public func prefetch(_ range: Range<Int>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let range = range.clamped(to: 0..<count)
    advise(range.lowerBound / page * page..<range.upperBound, MADV_WILLNEED)
  }

  /// Advice may be ignored without harm, so its result is too.
  private func advise(_ range: Range<Int>, _ advice: Int32) {
    guard ownership == .mapped, !range.isEmpty, let start = bytes.baseAddress else { return }
    madvise(UnsafeMutableRawPointer(mutating: start + range.lowerBound), range.count, advice)
  }
}
