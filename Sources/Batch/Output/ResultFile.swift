internal import Checkpoint
internal import System

/// Where results go: lines are appended whole, or not at all.
struct ResultFile {
  /// For messages.
  let name: String
  /// The file's path; nil for anything but a regular file, which cannot be continued.
  let path: String?
  private(set) var descriptor: Int32
  /// Bytes of whole lines in the file.
  private(set) var byteCount: Int
  /// Whether it was not there before.
  private(set) var isNew = false
  /// See ``JobOptions/whileWriting``.
  var whileWriting: @Sendable (() -> Void) -> Void = { $0() }
  private var isDirty = false
  private var lastSynchronization = ContinuousClock.now

  /// How long a line may wait until it is on the disk: a lost machine then costs no more than this.
  private static let synchronizationPeriod = Duration.seconds(5)

  /// Opens a file, or standard output for `-`.
  ///
  /// - Parameters:
  ///   - continues: Whether results that are there already may be added to.
  ///   - whileLocked: Called between two tries while another job has the file.
  /// - Throws: ``JobError`` where it is there and must not be, is in use, or cannot be opened; ``WriteError``.
  init(_ path: String, continues: Bool, whileLocked: () -> Void = { usleep(20_000) }) throws {
    if path == "-" {
      if continues { throw JobError("--resume needs results in a file: give --out FILE.") }
      self.init(name: "standard output", path: nil, descriptor: STDOUT_FILENO, byteCount: 0)
      return
    }
    self = try Self.opened(path, continues: continues)
    guard self.path != nil else { return }
    do {
      // Whoever had the file may have put another in its place: a lock on one without a name keeps nobody out.
      while true {
        try lock(whileLocked)
        if let byteCount = try byteCountIfNamed() {
          self.byteCount = byteCount
          break
        }
        close(descriptor)
        descriptor = -1
        self = try Self.opened(path, continues: continues)
      }
      if byteCount > 0 && !continues {
        throw JobError("\(path) holds results already: continue them with --resume, or choose another --out.")
      }
      Self.synchronizeFolder(of: path)
    } catch {
      if descriptor >= 0 { close(descriptor) }
      throw error
    }
  }

  /// The file, open and not locked yet.
  private static func opened(_ path: String, continues: Bool) throws -> ResultFile {
    var status = stat()
    // What has a name for this process alone, as /dev/stdout has, cannot be continued, whatever is behind it.
    let isOfProcess = ["/dev/", "/proc/"].contains(where: path.hasPrefix) && !path.hasPrefix("/dev/shm/")
    let isNew = stat(path, &status) != 0
    let isRegular = (isNew || status.st_mode & S_IFMT == S_IFREG) && !isOfProcess
    if !isRegular && continues { throw JobError("--resume needs results in a file, and \(path) is none.") }
    // Reading, too: a resume reads the earlier results. A pipe, though, must be opened for writing alone.
    let flags = (isRegular ? O_RDWR | O_CREAT : O_WRONLY) | O_APPEND | O_CLOEXEC
    let descriptor = open(path, flags, 0o666)
    guard descriptor >= 0 else {
      let error = WriteError(name: path, code: errno)
      throw error.isOutOfSpace ? error : JobError(error.description)
    }
    var file = ResultFile(name: path, path: isRegular ? path : nil, descriptor: descriptor, byteCount: 0)
    file.isNew = isNew
    return file
  }

  /// The bytes that the file has now; nil where its path names another file, or none.
  private func byteCountIfNamed() throws(WriteError) -> Int? {
    var opened = stat()
    guard fstat(descriptor, &opened) == 0 else { throw WriteError(name: name, code: errno) }
    guard let path, let named = FileIdentity(path), named == FileIdentity(descriptor) else { return nil }
    return Int(opened.st_size)
  }

  /// Looks whether all that was written is where it belongs; under another name it is, too.
  func requireWhole() throws(LostResults) {
    var status = stat()
    guard let path, fstat(descriptor, &status) == 0 else { return }
    let isGone = status.st_nlink == 0 && FileIdentity(path) != FileIdentity(descriptor)
    if isGone || status.st_size < byteCount { throw LostResults(name: name) }
  }

  private init(name: String, path: String?, descriptor: Int32, byteCount: Int) {
    self.name = name
    self.path = path
    self.descriptor = descriptor
    self.byteCount = byteCount
  }

  /// Keeps other jobs out until this process ends, however it ends. File systems without locks go without.
  ///
  /// A process that was killed a moment ago, or a child of it that has not begun yet, may have the file open still.
  private func lock(_ whileLocked: () -> Void) throws(JobError) {
    let start = ContinuousClock.now
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK {
      guard ContinuousClock.now - start < .seconds(1) else {
        throw JobError("\(name) is being written by another job: wait for its end, or choose another --out.")
      }
      whileLocked()
    }
  }

  /// Appends a line with its end, in one call.
  ///
  /// - Throws: ``WriteError``; a part that was written is taken back.
  mutating func append(_ line: [UInt8]) throws(WriteError) {
    var failure: WriteError?
    whileWriting {
      do throws(WriteError) {
        try writeAll(line, to: descriptor, name: name)
      } catch {
        failure = error
      }
    }
    if let failure {
      if path != nil { ftruncate(descriptor, off_t(byteCount)) }
      throw failure
    }
    byteCount += line.count
    isDirty = true
    if ContinuousClock.now - lastSynchronization > Self.synchronizationPeriod { try synchronize() }
  }

  /// Flushes the appended lines to the disk.
  mutating func synchronize() throws(WriteError) {
    guard path != nil, isDirty else { return }
    if fsync(descriptor) != 0 && [EIO, ENOSPC, EDQUOT].contains(errno) {
      throw WriteError(name: name, code: errno)
    }
    isDirty = false
    lastSynchronization = .now
  }

  /// Cuts the file off after the first bytes: a killed process may leave an incomplete line.
  mutating func truncate(to count: Int) throws(WriteError) {
    guard path != nil, count < byteCount else { return }
    if ftruncate(descriptor, off_t(count)) != 0 { throw WriteError(name: name, code: errno) }
    byteCount = count
    isDirty = true
  }

  /// Where the file is, behind whatever symbolic links name it: a file that is to take its place is made beside it.
  var resolvedPath: String? {
    guard let path else { return nil }
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Puts a file of the same folder in this one's place, with its access rights; whoever looks sees the one or the other.
  mutating func replace(by path: String) throws {
    guard let target = resolvedPath else { return }
    var replacement = try ResultFile(path, continues: true)
    var status = stat()
    if fstat(descriptor, &status) == 0 { fchmod(replacement.descriptor, status.st_mode & 0o7777) }
    replacement.isDirty = true
    try replacement.synchronize()
    guard rename(path, target) == 0 else { throw WriteError(name: name, code: errno) }
    Self.synchronizeFolder(of: target)
    close(descriptor)
    descriptor = replacement.descriptor
    byteCount = replacement.byteCount
  }

  /// Makes the names in a file's folder survive a lost machine, where the file system can.
  static func synchronizeFolder(of path: String) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// Lets others have the file, which is written.
  func unlock() { flock(descriptor, LOCK_UN) }

  func closeFile() { if descriptor != STDOUT_FILENO { close(descriptor) } }
}
