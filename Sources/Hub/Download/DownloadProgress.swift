internal import Synchronization

/// How far a download is, and whether it still goes on: shared by the threads that it runs on.
final class DownloadProgress: Sendable {
  private let state = Mutex(DownloadState())
  private let failure = Mutex<(any Error)?>(nil)
  private let warnings = Mutex<Set<String>>([])
  private let reports: DownloadReports

  init(_ reports: DownloadReports) { self.reports = reports }

  /// Whether one thread has failed, so that the others stop.
  var isCancelled: Bool { failure.withLock { $0 != nil } }

  /// The first error.
  var error: (any Error)? { failure.withLock { $0 } }

  /// Ends it for all threads.
  func fail(_ error: any Error) { failure.withLock { $0 = $0 ?? error } }

  /// Tells a person what the Hub wants people to know; the same once.
  func warn(_ text: String) {
    let isNew = warnings.withLock { $0.count < 10 && $0.insert(text).inserted }
    if isNew { reports.onNotice("The Hub says: \(text)") }
  }

  /// Says how much there is to come.
  func begin(byteCount: Int) { state.withLock { $0 = DownloadState(total: byteCount) } }

  /// Notes that bytes are there; fewer than 0 where they turned out to be wrong.
  ///
  /// - Parameter isFetched: Whether they came now.
  func advance(by count: Int, isFetched: Bool) {
    state.withLock { state in
      state.done += count
      if isFetched { state.fetched += max(0, count) }
      reports.onProgress(state)
    }
  }
}

/// How far a download is.
package struct DownloadState: Sendable {
  /// Bytes of all files that were not there at its start.
  package var total = 0
  /// Bytes of them that are there.
  package var done = 0
  /// Bytes that have come since its start.
  package var fetched = 0
}

/// Who hears of a download, on whatever thread; the closures must be quick.
package struct DownloadReports: Sendable {
  /// That it begins, once it is known what there is to fetch.
  package var onStart: @Sendable (DownloadPlan) -> Void = { _ in }
  package var onProgress: @Sendable (DownloadState) -> Void = { _ in }
  /// What a person should know, as sentences.
  package var onNotice: @Sendable (String) -> Void = { _ in }
  /// What a person who asks for more may want to know.
  package var onDetail: @Sendable (String) -> Void = { _ in }

  package init() {}
}

/// What is to be fetched.
package struct DownloadPlan: Sendable {
  package let fileCount: Int
  package let byteCount: Int
  /// Where it comes from.
  package let endpoint: String
}
