internal import Synchronization

/// Who is told that compiled programs are not kept, because a folder has no room.
package enum CacheRoom {
  private static let notice = Mutex<(@Sendable (String) -> Void)?>(nil)

  /// Has `notice` called once, on any thread, with the first folder that has no room.
  package static func onFull(_ notice: @escaping @Sendable (String) -> Void) { Self.notice.withLock { $0 = notice } }

  static func reportFull(_ folder: String) {
    let notice = Self.notice.withLock { $0.take() }
    notice?(folder)
  }
}
