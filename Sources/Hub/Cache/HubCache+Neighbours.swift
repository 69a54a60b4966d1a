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

  /// Has huggingface_hub wait for a blob that comes here, rather than fetch it, too.
  ///
  /// - Returns: What holds its lock; nil where somebody else does, or none can be had.
  func lock(_ name: String, _ blob: String) -> FileLock? {
    FileLock("\(folder)/.locks/\(repository(name).folderName)/\(blob).lock")
  }
}

/// A file that nobody else locks at the same time.
final class FileLock: Sendable {
  private let descriptor: Int32

  fileprivate init?(_ path: String) {
    guard (try? CacheFiles.makeFolder(of: path)) != nil else { return nil }
    // Whoever shares the cache may lock it, too.
    descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o664)
    guard descriptor >= 0 else { return nil }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      close(descriptor)
      return nil
    }
  }

  deinit { close(descriptor) }
}
