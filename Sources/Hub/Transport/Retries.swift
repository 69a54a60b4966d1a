internal import System

/// How often something is tried again, and how long is waited before.
struct Retries {
  private let most: Int
  private var failures = 0
  private var hasAnswered = false
  private let isCancelled: () -> Bool
  private let onWait: (String, Int) -> Void

  /// Seconds; the last for all that follow.
  private static let waits = [1, 2, 4, 8]
  /// The longest that a server may ask for.
  private static let longestWait = 600

  /// - Parameter onWait: Hears why something is tried again, and in how many seconds.
  init(atMost most: Int, isCancelled: @escaping () -> Bool, onWait: @escaping (String, Int) -> Void) {
    self.most = most
    self.isCancelled = isCancelled
    self.onWait = onWait
  }

  /// Notes that something came: what fails next is another failure.
  mutating func progress() {
    failures = 0
    hasAnswered = true
  }

  /// Waits until a transfer may be tried again.
  ///
  /// - Throws: the failure as an error for a person, where it has been tried often enough.
  mutating func wait(after failure: TransferFailure, of subject: String) throws {
    let error = HubError(.network, "\(subject) cannot be reached: \(failure.problem)")
    guard failure.isTemporary, hasAnswered || !failure.isUnknownHost else { throw error }
    try wait(after: error, asked: nil)
  }

  /// Waits as long as an answer asks for, or as is usual.
  mutating func wait(after error: HubError, asked: Int?) throws {
    failures += 1
    guard failures <= most else { throw error }
    let seconds = asked ?? Self.waits[min(failures, Self.waits.count) - 1]
    guard seconds <= Self.longestWait else {
      throw HubError(.network, "\(error): it asks to wait for \(Duration.seconds(seconds).remaining)")
    }
    onWait(error.description, seconds)
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
      if isCancelled() { throw Cancelled() }
      usleep(20_000)
    }
  }
}
