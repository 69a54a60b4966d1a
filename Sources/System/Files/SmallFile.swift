/// Files that are read and written in one go.
package enum SmallFile {
  /// A regular file's bytes; nil where there is none, it cannot be read, or it has more than `limit` bytes.
  package static func read(_ path: String, atMost limit: Int) -> [UInt8]? {
    // O_NONBLOCK: opening a FIFO must fail the check below rather than hang.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return read(descriptor, atMost: limit)
  }

  /// The bytes of an open regular file from its start; nil as above.
  package static func read(_ descriptor: Int32, atMost limit: Int) -> [UInt8]? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else {
      return nil
    }
    // One more than may be: the file may grow meanwhile.
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
    var count = 0
    while count < bytes.count {
      let read = bytes.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count, off_t(count))
      }
      if read == 0 { return Array(bytes[..<count]) }
      if read > 0 { count += read } else if errno != EINTR { return nil }
    }
    return nil
  }

  /// Puts a file in the place of the one at `path`: readers see a whole one, the old or the new. Makes its folder.
  package static func replace(_ path: String, with bytes: [UInt8]) throws(WriteError) {
    makeFolders(of: path)
    // Of this process alone, and none that somebody put there: O_EXCL follows no link.
    let temporary = "\(path).\(getpid())"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw WriteError(name: path, code: errno) }
    do throws(WriteError) {
      defer { close(descriptor) }
      try writeAll(bytes, to: descriptor, name: path)
      guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw WriteError(name: path, code: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Takes a file away; false where there is none.
  package static func remove(_ path: String) throws(WriteError) -> Bool {
    if unlink(path) == 0 { return true }
    guard errno == ENOENT || errno == ENOTDIR else { throw WriteError(name: path, code: errno) }
    return false
  }

  /// Makes the folders that a file needs, for the user alone, as those of compiled programs are.
  package static func makeFolders(of path: String) {
    var folder = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false).dropLast() {
      folder += part + "/"
      if folder != "/" { mkdir(folder, 0o700) }
    }
  }
}
