/// An open folder: what lies in it is named without its path, so that no link put in the way leads elsewhere.
package struct OpenFolder: ~Copyable {
  private let descriptor: Int32

  /// An entry that is no folder.
  package struct File: Sendable {
    package let name: String
    package let byteCount: Int
    /// Whether it is a regular file of this user's.
    package let isOwn: Bool
  }

  /// Opens a folder; nil where there is none or it may not be read. A link at its path is followed.
  package static func open(_ path: String) -> OpenFolder? {
    if path.utf8.contains(0) { return nil }
    let descriptor = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    return descriptor < 0 ? nil : OpenFolder(descriptor: descriptor)
  }

  private init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Opens a folder in it; nil where there is none, or a link.
  package func folder(_ name: String) -> OpenFolder? {
    let inner = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    return inner < 0 ? nil : OpenFolder(descriptor: inner)
  }

  /// Whether it is this user's.
  package var isOwn: Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_uid == geteuid()
  }

  /// What lies in it, links unfollowed; of a huge folder, some.
  package func contents() -> (files: [File], folders: [String]) {
    // The stream closes its descriptor, so it gets one of its own, with a place of its own in the folder.
    let own = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard own >= 0, let stream = fdopendir(own) else {
      if own >= 0 { close(own) }
      return ([], [])
    }
    defer { closedir(stream) }
    var (files, folders): ([File], [String]) = ([], [])
    while files.count + folders.count < Self.mostEntries, let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      var status = stat()
      guard name != ".", name != "..", fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        folders.append(name)
      } else {
        let isOwn = status.st_mode & S_IFMT == S_IFREG && status.st_uid == geteuid()
        files.append(File(name: name, byteCount: Int(status.st_size), isOwn: isOwn))
      }
    }
    return (files, folders)
  }

  private static let mostEntries = 1 << 20

  /// Takes a file away; false where it is locked by another process, or not there.
  ///
  /// - Throws: ``WriteError`` where that may not be.
  package func remove(_ name: String) throws(WriteError) -> Bool {
    let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    defer { if file >= 0 { close(file) } }
    if file >= 0, flock(file, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK { return false }
    if unlinkat(descriptor, name, 0) == 0 { return true }
    guard errno == ENOENT else { throw WriteError(name: name, code: errno) }
    return false
  }

  /// Bytes and number of all files in it and in the folders below, as far as there is depth and patience.
  package func size(depth: Int = 16) -> (files: Int, bytes: Int) {
    let contents = contents()
    var size = (files: contents.files.count, bytes: contents.files.reduce(0) { $0 + $1.byteCount })
    for name in contents.folders where depth > 0 {
      guard let inner = folder(name) else { continue }
      let below = inner.size(depth: depth - 1)
      size = (size.files + below.files, size.bytes + below.bytes)
    }
    return size
  }
}
