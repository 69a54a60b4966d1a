internal import Checkpoint
internal import System

/// Files of the cache: folders and links as huggingface_hub makes them.
enum CacheFiles {
  /// The size of a file, following links, as those into a store that repositories share; nil where there is none.
  static func size(of path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// The hash of a file's content.
  static func hash(of path: String, _ algorithm: ContentHash.Algorithm, size: Int) throws -> ContentHash {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw error(path, "cannot be read") }
    defer { close(descriptor) }
    let hasher = try ContentHasher(algorithm, size: size)
    try read(descriptor, name: path, into: hasher) { false }
    return hasher.finish()
  }

  /// Hashes an open file from its start.
  static func read(_ descriptor: Int32, name: String, into hasher: ContentHasher, isCancelled: () -> Bool) throws {
    var (offset, buffer) = (0, [UInt8](repeating: 0, count: 1 << 20))
    while true {
      if isCancelled() { throw Cancelled() }
      let count = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
      if count == 0 { return }
      if count < 0 {
        if errno == EINTR { continue }
        throw error(name, "cannot be read")
      }
      buffer.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      offset += count
    }
  }

  /// Makes the folder of a file and those above, with the rights that the user gives new ones.
  static func makeFolder(of path: String) throws(HubError) {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    let folder = String(path[..<slash])
    if mkdir(folder, 0o777) == 0 || errno == EEXIST { return }
    if errno == ENOENT {
      try makeFolder(of: folder)
      if mkdir(folder, 0o777) == 0 || errno == EEXIST { return }
    }
    throw error(folder, "cannot be made")
  }

  /// Puts a link in the place of whatever has its name; a right one stays.
  ///
  /// - Returns: false where the file system has no links.
  static func link(_ path: String, to target: String) throws(HubError) -> Bool {
    var there = [CChar](repeating: 0, count: 4096)
    let count = readlink(path, &there, there.count)
    if count >= 0, there.prefix(count).map(UInt8.init(bitPattern:)).elementsEqual(target.utf8) { return true }
    try makeFolder(of: path)
    let temporary = temporaryName(path)
    guard symlink(target, temporary) == 0 else {
      if [EPERM, EOPNOTSUPP, ENOSYS].contains(errno) { return false }
      throw error(path, "cannot be made")
    }
    try move(temporary, to: path)
    return true
  }

  /// Writes a small file in the place of another: readers see a whole one, the old or the new.
  static func write(_ text: String, to path: String) throws(HubError) {
    try makeFolder(of: path)
    let temporary = temporaryName(path)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw error(path, "cannot be written") }
    do throws(WriteError) {
      defer { close(descriptor) }
      try writeAll(Array(text.utf8), to: descriptor, name: path)
      guard fsync(descriptor) == 0 else { throw WriteError(name: path, code: errno) }
    } catch {
      unlink(temporary)
      throw HubError(error.isOutOfSpace ? .space : .file, error.description)
    }
    try move(temporary, to: path)
  }

  /// Writes a file's content to another place.
  static func copy(_ path: String, to other: String) throws(HubError) {
    try makeFolder(of: other)
    let (source, temporary) = (open(path, O_RDONLY | O_CLOEXEC), temporaryName(other))
    guard source >= 0 else { throw error(path, "cannot be read") }
    defer { close(source) }
    let target = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard target >= 0 else { throw error(other, "cannot be written") }
    do throws(WriteError) {
      defer { close(target) }
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      while true {
        let count = System.read(source, &buffer, buffer.count)
        if count < 0 { throw WriteError(name: path, code: errno) }
        if count == 0 { break }
        try writeAll(Array(buffer[..<count]), to: target, name: other)
      }
    } catch {
      unlink(temporary)
      throw HubError(error.isOutOfSpace ? .space : .file, error.description)
    }
    try move(temporary, to: other)
  }

  /// Gives a file another name.
  static func move(_ path: String, to other: String) throws(HubError) {
    guard rename(path, other) == 0 else {
      let error = error(other, "cannot be made")
      unlink(path)
      throw error
    }
  }

  /// Of nobody else, in the same folder: processes in containers have equal numbers.
  private static func temporaryName(_ path: String) -> String { "\(path).\(uniqueName()).tmp" }

  /// A name that nobody else has.
  static func uniqueName() -> String { String(UInt64.random(in: 0 ... .max), radix: 16) }

  /// The error of the system call before.
  static func error(_ path: String, _ problem: String) -> HubError {
    let error = WriteError(name: path, code: errno)
    return HubError(error.isOutOfSpace ? .space : .file, "\(path) \(problem): \(SystemError(code: error.code))")
  }
}
