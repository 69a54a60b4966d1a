internal import System

/// Immutable bytes with a name: a memory-mapped file, or data carried inside the binary.
///
/// A mapped file must not be shortened while it is in use: the system answers a read past the new end with SIGBUS, which
/// the program ends by with a sentence.
/// (Replacing it by renaming another over it, as downloaders do, is harmless.)
///
/// Unchecked because of the pointer only: the bytes are never written after `init`, and are freed in `deinit`.
public final class FileData: @unchecked Sendable {
  /// The path, or the name given, for messages.
  public let name: String
  private let bytes: UnsafeRawBufferPointer
  /// Holds the bytes where they are a file's.
  private let file: MappedFile?
  /// The bytes where they were allocated here.
  private let allocation: UnsafeMutableRawBufferPointer?

  /// The number of bytes.
  public var count: Int { bytes.count }

  /// Maps a regular file, read-only. Nothing is read before it is touched.
  public init(path: String) throws(CheckpointError) {
    let file: MappedFile
    do {
      file = try MappedFile(path: path)
    } catch {
      throw CheckpointError(path, error.problem)
    }
    name = path
    bytes = file.bytes
    self.file = file
    allocation = nil
  }

  /// Bytes embedded in the binary, which live as long as the process.
  public init(name: String, embedded bytes: UnsafeRawBufferPointer) {
    self.name = name
    self.bytes = bytes
    file = nil
    allocation = nil
  }

  /// Fresh bytes, filled once.
  package init(name: String, count: Int, filling fill: (UnsafeMutableRawBufferPointer) -> Void) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    fill(memory)
    self.name = name
    bytes = UnsafeRawBufferPointer(memory)
    file = nil
    allocation = memory
  }

  deinit { allocation?.deallocate() }
}

extension FileData {
  /// Lends the bytes for the duration of a call.
  public func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try withExtendedLifetime(self) { () throws(E) in try body(bytes) }
  }

  /// Lets the system drop the pages that lie wholly in a range of a mapped file, once they were used.
  ///
  /// The bytes stay valid: touching them reads the file again.
  package func release(_ range: Range<Int>) { file?.release(range) }

  /// Asks the system to read a range of a mapped file ahead.
  package func prefetch(_ range: Range<Int>) { file?.prefetch(range) }
}
