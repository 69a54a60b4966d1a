internal import HummingbirdCore
internal import HTTPTypes
internal import System

/// What the server says of its work: never a text, never a key.
package struct ServerLog: Sendable {
  private let logsRequests: Bool
  private let lines: LogQueue

  /// - Parameter write: Takes a line, and may block.
  package init(logsRequests: Bool, write: @escaping @Sendable (String) -> Void) {
    self.logsRequests = logsRequests
    lines = LogQueue(write: write)
  }

  /// Waits until all is written, but not for long.
  func flush() { lines.flush() }

  /// Something that only the server's owner should know of a request.
  func error(_ message: String, _ exchange: Exchange) { lines.append("request \(exchange.id): \(message)") }

  /// A request that has its answer.
  func request(_ exchange: Exchange, _ record: RequestRecord) {
    guard logsRequests else { return }
    let time = ContinuousClock.now - exchange.start
    let queued = record.queueTime.map { ($0 / .seconds(1)).fixed(3) } ?? "-"
    lines.append(
      "\(ProcessUsage.secondsSince1970.fixed(3)) \(exchange.id) \(exchange.request.method.rawValue) \(record.route) "
        + "\(record.status) prompt=\(record.promptTokens) new=\(record.newTokens) queued=\(queued) "
        + "seconds=\((time / .seconds(1)).fixed(3)) end=\(record.end ?? "answer")")
  }
}
