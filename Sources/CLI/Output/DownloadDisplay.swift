internal import Synchronization
internal import System
import Checkpoint
import Hub

/// Says on standard error what is downloaded, and shows how far it is.
final class DownloadDisplay: Sendable {
  private let id: HubModelID
  private let folder: String
  private let isShown: Bool
  private let display: Mutex<ProgressDisplay>
  private let start = ContinuousClock.now

  /// - Parameter isWanted: Whether progress is shown where there is no terminal, too.
  init(_ id: HubModelID, _ environment: HubEnvironment, isWanted: Bool = false) {
    self.id = id
    folder = environment.cache.folder
    isShown = isWanted || !environment.hidesProgress
    display = Mutex(ProgressDisplay(isWanted: isWanted))
  }

  var reports: DownloadReports {
    var reports = DownloadReports()
    reports.onStart = { plan in
      Output.notice(
        "Downloading \(self.id) (\(plan.fileCount.counted("file")), \(ByteSize(plan.byteCount))) from \(plan.endpoint) "
          + "to \(self.folder).")
    }
    if isShown { reports.onProgress = { state in self.display.withLock { $0.show(self.text(state)) } } }
    reports.onNotice = { Output.notice($0) }
    reports.onDetail = { Output.detail($0) }
    return reports
  }

  /// Takes the line away.
  func end() { display.withLock { $0.end() } }

  private func text(_ state: DownloadState) -> String {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let rate = Double(state.fetched) / max(seconds, 0.001)
    let rest = Double(max(0, state.total - state.done)) / max(rate, 1)
    return "\(id): \(ByteSize(state.done)) of \(ByteSize(state.total)), \(ByteSize(Int(rate)))/s, "
      + "\(Duration.seconds(min(rest, 1e6)).remaining) left"
  }
}
