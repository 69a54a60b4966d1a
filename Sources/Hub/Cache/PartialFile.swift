internal import System

/// A file of the cache while it comes: what an ended process has left of it is gone on from.
///
/// Its name is that of huggingface_hub's own, whose `hf cache prune` takes it away where nobody goes on.
final class PartialFile {
  private let path: String
  private let descriptor: Int32
  /// Whether nobody would go on with it.
  private var isOwn: Bool

  /// Opens the partial file of a blob, for this process alone.
  ///
  /// - Returns: nil where another process has it.
  static func open(blob: String) throws(HubError) -> PartialFile? {
    let path = path(of: blob)
    try CacheFiles.makeFolder(of: path)
    while true {
      // Never cut off here: where locks do nothing, as on some network file systems, another process may have it open.
      let descriptor = System.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o666)
      guard descriptor >= 0 else { throw CacheFiles.error(path, "cannot be written") }
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
        let isTaken = errno == EWOULDBLOCK
        close(descriptor)
        return isTaken ? nil : try openOwn(blob: blob)
      }
      // The one who had it may have given it its own name meanwhile.
      var (opened, named) = (stat(), stat())
      if fstat(descriptor, &opened) == 0, lstat(path, &named) == 0, opened.st_ino == named.st_ino {
        guard opened.st_mode & S_IFMT == S_IFREG else {
          close(descriptor)
          throw HubError(.file, "\(path) is no regular file")
        }
        return PartialFile(path, descriptor)
      }
      close(descriptor)
    }
  }

  /// Where the partial file of a blob lies.
  static func path(of blob: String) -> String { "\(blob).incomplete" }

  /// Opens a file of this process's own, with which nobody else will go on.
  static func openOwn(blob: String) throws(HubError) -> PartialFile {
    let path = "\(blob).\(CacheFiles.uniqueName()).incomplete"
    let descriptor = System.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw CacheFiles.error(path, "cannot be written") }
    return PartialFile(path, descriptor, isOwn: true)
  }

  private init(_ path: String, _ descriptor: Int32, isOwn: Bool = false) {
    self.path = path
    self.descriptor = descriptor
    self.isOwn = isOwn
  }

  deinit {
    if isOwn { unlink(path) }
    close(descriptor)
  }

  var byteCount: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Writes bytes at their place.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(HubError) {
    var start = 0
    while start < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress.map { $0 + start }, bytes.count - start, off_t(offset + start))
      if count >= 0 { start += count } else if errno != EINTR { throw CacheFiles.error(path, "cannot be written") }
    }
  }

  /// Hashes what is there.
  func read(into hasher: ContentHasher, isCancelled: () -> Bool) throws {
    try CacheFiles.read(descriptor, name: path, into: hasher, isCancelled: isCancelled)
  }

  /// Gives the file, which is whole, its name.
  func finish(as blob: String) throws(HubError) {
    guard fsync(descriptor) == 0 else { throw CacheFiles.error(path, "cannot be written") }
    guard rename(path, blob) == 0 else { throw CacheFiles.error(blob, "cannot be made") }
    isOwn = false
  }

  /// Takes the file away.
  func discard() throws(HubError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw CacheFiles.error(path, "cannot be removed") }
  }
}
