internal import Checkpoint
internal import System

/// What huggingface_hub leaves in a cache beside models, for others and for itself. Nothing here needs it, so nothing fails
/// without.
extension HubCache {
  /// Tells backups that everything here can be had again (https://bford.info/cachedir).
  func tag() {
    let path = "\(folder)/CACHEDIR.TAG"
    var status = stat()
    guard lstat(path, &status) != 0 else { return }
    try? CacheFiles.write(
      """
      Signature: 8a477f597d28d172789f06886806bc55
      # This file is a cache directory tag created by gpt2-gpu, as huggingface_hub does.
      # For information about cache directory tags, see:
      #\thttps://bford.info/cachedir/

      """, to: path)
  }

  /// The lock of a blob, by which huggingface_hub waits for one that comes here rather than fetch it, too.
  func lock(_ name: String, _ blob: String) -> FileLock {
    FileLock("\(folder)/.locks/\(repository(name).folderName)/\(blob).lock")
  }
}

/// A file that nobody else locks at the same time.
final class FileLock {
  private let path: String
  private var descriptor: Int32 = -1

  fileprivate init(_ path: String) { self.path = path }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Takes the lock, until this goes away.
  ///
  /// - Returns: Whether nobody else has it; also where none can be had, as on some network file systems.
  func take() -> Bool {
    if descriptor >= 0 { return true }
    guard (try? CacheFiles.makeFolder(of: path)) != nil else { return true }
    // Whoever shares the cache may lock it, too.
    let opened = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o664)
    guard opened >= 0 else { return true }
    if flock(opened, LOCK_EX | LOCK_NB) != 0 {
      let isTaken = errno == EWOULDBLOCK
      close(opened)
      return !isTaken
    }
    descriptor = opened
    return true
  }
}
