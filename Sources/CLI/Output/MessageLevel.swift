import Synchronization

/// How much a person wants to hear on standard error, errors aside.
enum MessageLevel {
  /// Nothing.
  case quiet
  /// Notices, and progress on a terminal.
  case usual
  /// Details, too.
  case verbose

  private static let chosen = Mutex(MessageLevel.usual)

  /// What holds in this process; set once, before a command runs.
  static var current: MessageLevel {
    get { chosen.withLock { $0 } }
    set { chosen.withLock { $0 = newValue } }
  }
}
