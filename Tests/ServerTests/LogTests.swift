import Dispatch
import Synchronization
import Testing

@testable import Server

@Suite struct LogTests {
  /// A log that nobody reads holds nobody up.
  @Test func answersDoNotWaitForTheLog() async throws {
    let gate = Gate()
    let lines = Mutex<[String]>([])
    let server = try await TestServer {
      $0.logsRequests = true
    } log: { line in
      gate.pass()
      lines.withLock { $0.append(line) }
    }
    for path in ["/health", "/version", "/nothing"] { _ = try await server.ask("GET", path) }
    #expect(try await server.stop())
    let early = lines.withLock { $0 }
    #expect(early.isEmpty)
    gate.open()
    server.server.flushLog()
    let written = lines.withLock { $0 }
    #expect(written.map { $0.split(separator: " ")[3] } == ["/health", "/version", "other"])
  }

  @Test func linesThatAreTooManyAreCounted() {
    let gate = Gate()
    let lines = Mutex<[String]>([])
    let queue = LogQueue { line in
      gate.pass()
      lines.withLock { $0.append(line) }
    }
    for number in 0..<LogQueue.capacity + 3 { queue.append("\(number)") }
    queue.flush(atMost: .milliseconds(1))
    gate.open()
    queue.flush()
    queue.append("last")
    queue.flush()
    let written = lines.withLock { $0 }
    #expect(written.prefix(LogQueue.capacity) == (0..<LogQueue.capacity).map { "\($0)" }[...])
    #expect(written.dropFirst(LogQueue.capacity).map { $0.contains("3 lines are missing") } == [true, false])
    #expect(written.last == "last")
  }
}
