internal import JSON
internal import OpenCLBackend
internal import System

/// A file that says which choice is being tried: what ended the process shows at the next start.
///
/// It is locked while a search runs, so that no other takes a trial under way for one that went wrong.
struct TuningJournal: ~Copyable {
  private let path: String
  private let descriptor: Int32
  /// What was being tried when the search before ended without a word; what it says is not checked yet.
  let unfinished: JSON?

  private static let largest = 4096

  /// Opens the journal of a tuning file.
  ///
  /// - Throws: ``WriteError`` where it cannot be written; ``TuningError`` where another search has it.
  init(of file: TuningFile) throws {
    path = Self.path(of: file.path)
    SmallFile.makeFolders(of: path)
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    guard descriptor >= 0 else { throw WriteError(name: path, code: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      if code == EWOULDBLOCK { throw TuningError("Another search for this device's parameters is running.") }
      throw WriteError(name: path, code: code)
    }
    unfinished = SmallFile.read(descriptor, atMost: Self.largest).flatMap { try? JSON(parsing: $0) }
  }

  deinit {
    // With the lock still on it: nobody waits for it.
    unlink(path)
    close(descriptor)
  }

  /// Says what is tried from now on, on the disk: a driver may take the machine with it.
  func begin(_ operation: TunedOperation, _ choice: TuningChoice) throws {
    try end()
    try writeAll(Array(TuningFile.entry(operation, choice).text.utf8), to: descriptor, name: path)
    fsync(descriptor)
  }

  /// Takes away the journal of a tuning file.
  static func remove(of path: String) { unlink(Self.path(of: path)) }

  private static func path(of path: String) -> String { path + ".trying" }

  /// Says that it went well, or failed in an orderly way.
  func end() throws {
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw WriteError(name: path, code: errno)
    }
  }
}

/// A search that cannot be made.
package struct TuningError: Error, Hashable, CustomStringConvertible {
  /// A sentence for a person.
  package let description: String

  package init(_ description: String) { self.description = description }
}
