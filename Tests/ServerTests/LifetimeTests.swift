import Foundation
import GPT2
import JSON
import Synchronization
import TestSupport
import Testing

@testable import Completions
@testable import Server

/// Clients that leave, queues that are full, and the server's end.
@Suite struct LifetimeTests {
  /// A text that takes as long as nobody ends it.
  private static let long = #"{"prompt": [5], "max_tokens": 2400, "ignore_eos": true"#

  /// Where a client leaves: while its request waits, while its prompt is computed, and while it reads a stream.
  enum Moment: CaseIterable { case queue, prompt, stream, whole }

  @Test(arguments: Moment.allCases) func leavingFreesThePlace(_ moment: Moment) async throws {
    let gate = Gate()
    let steps = Atomic(0)
    let server = try await TestServer(
      batchSize: 1,
      onStep: { step in
        // A stream has its first events.
        if moment != .stream || step > 3 { gate.pass() }
        steps.store(step, ordering: .relaxed)
      })
    let first = try Client(port: server.port)
    let running = "gpt2_gpu_requests_running", waiting = "gpt2_gpu_requests_waiting"
    if moment == .queue {
      first.send("POST", "/v1/completions", body: Self.long + "}")
      try await server.wait(for: running, 1)
    }
    let client = try Client(port: server.port)
    client.send("POST", "/v1/completions", body: Self.long + (moment == .stream ? #", "stream": true}"# : "}"))
    try await server.wait(for: moment == .queue ? waiting : running, 1)
    if moment == .stream { _ = try await client.read(until: "data: ") }
    client.leave()
    if moment == .queue {
      try await server.wait(for: waiting, 0)
      #expect(try await server.metric(running) == 1)
      first.leave()
    }
    // Nothing is computed until the server knows that they have left.
    try await server.wait(
      for: #"gpt2_gpu_completions_total{model="tiny",finish_reason="cancelled"}"#, moment == .queue ? 2 : 1)
    gate.open()
    try await server.wait(for: running, 0)
    #expect(steps.load(ordering: .relaxed) < 100, "the text was written to its end")
    let text = try await server.complete(#"{"prompt": [5], "max_tokens": 3, "ignore_eos": true}"#)
    #expect(try text.json["usage"]?["completion_tokens"]?.integer == 3)
    #expect(try await server.stop())
  }

  /// Requests one after the other on a connection, some of them sent before the answers come.
  @Test func connectionsAreKept() async throws {
    let server = try await TestServer()
    let client = try Client(port: server.port)
    for count in 1..<4 {
      client.send("POST", "/v1/completions", body: #"{"prompt": [5], "max_tokens": \#(count), "ignore_eos": true}"#)
      let answer = try await client.answer()
      #expect(try answer.json["usage"]?["completion_tokens"]?.integer == count)
    }
    client.send("POST", "/v1/completions", body: #"{"prompt": [5], "max_tokens": 2, "stream": true}"#)
    #expect(try await client.answer().events.last == "[DONE]")
    client.send("GET", "/health", ["X-Request-Id": "mine"])
    #expect(try await client.answer().headers["x-request-id"] == "mine")
    #expect(try await server.metric("gpt2_gpu_connections_open") == 2)
    #expect(try await server.stop())
  }

  @Test func aFullQueueSaysWhenToComeBack() async throws {
    let gate = Gate()
    let server = try await TestServer(batchSize: 1, queue: 1, onStep: { _ in gate.pass() })
    let clients = try (0..<2).map { _ in try Client(port: server.port) }
    clients[0].send("POST", "/v1/completions", body: Self.long + "}")
    try await server.wait(for: "gpt2_gpu_requests_running", 1)
    clients[1].send("POST", "/v1/completions", body: #"{"prompt": [[5], [6]], "max_tokens": 1, "stream": true}"#)
    try await server.wait(for: "gpt2_gpu_requests_waiting", 2)
    let refused = try await server.complete(#"{"prompt": [5]}"#)
    #expect(try refused.status == 429 && refused.code == "queue_full")
    #expect(refused.headers["retry-after"].flatMap { Int($0) }.map { 1...60 ~= $0 } == true)
    #expect(refused.headers["x-should-retry"] == nil)
    let other = try await server.ask("POST", "/generate", body: #"{"inputs": "a"}"#)
    #expect(try other.status == 429 && other.json["error_type"]?.string == "overloaded")
    clients[0].leave()
    gate.open()
    #expect(try await clients[1].answer().events.last == "[DONE]")
    #expect(try await server.stop())
  }

  @Test func requestsThatTakeTooLong() async throws {
    let gate = Gate()
    let server = try await TestServer(batchSize: 1, { $0.limits.queueTime = .milliseconds(30) }) { _ in gate.pass() }
    // What holds the place does not wait as a request does.
    let settings = try server.model.service.pretrained.settings(.completionsDefaults, preset: .hf5)
    let first = try server.model.service.generate(.tokens([5]), settings)
    try await server.wait(for: "gpt2_gpu_requests_running", 1)
    let late = try await server.complete(#"{"prompt": [5]}"#)
    #expect(try late.status == 503 && late.code == "queue_timeout")
    let stream = try await server.complete(#"{"prompt": [5], "stream": true}"#)
    #expect(try JSON(parsing: stream.events[0])["error"]?["code"]?.string == "queue_timeout")
    #expect(stream.events.count == 2 && stream.events[1] == "[DONE]")
    gate.open()
    for try await _ in first {}
    #expect(try await server.stop())

    let quick = try await TestServer({ $0.limits.requestTime = .zero })
    let text = try await quick.complete(Self.long + "}")
    #expect(try text.status == 503 && text.code == "request_timeout")
    #expect(text.headers["x-should-retry"] == "false")
    #expect(try await quick.stop())
  }

  /// What runs comes to its end; new work is refused.
  @Test func stopping() async throws {
    let gate = Gate()
    let server = try await TestServer(onStep: { _ in gate.pass() })
    let (client, other) = (try Client(port: server.port), try Client(port: server.port))
    client.send("POST", "/v1/completions", body: #"{"prompt": [5], "max_tokens": 5, "ignore_eos": true}"#)
    try await server.wait(for: "gpt2_gpu_requests_running", 1)
    server.server.stop()
    let refused = try await server.complete(#"{"prompt": [5]}"#)
    #expect(try refused.status == 503 && refused.code == "stopping" && refused.headers["retry-after"] != nil)
    other.send("GET", "/health")
    let health = try await other.answer()
    #expect(try health.status == 503 && health.json["status"]?.string == "stopping")
    gate.open()
    #expect(try await client.answer().json["usage"]?["completion_tokens"]?.integer == 5)
    #expect(try await server.stop())
    #expect(try await other.read().isEmpty)
    #expect(throws: Client.Closed.self) { try Client(port: server.port) }
  }

  /// Connections that come while it stops are closed, whether or not anybody has taken them.
  @Test func clientsThatComeAtTheStop() async throws {
    for _ in 0..<20 {
      let server = try await TestServer()
      let crowd = (0..<4).map { _ in
        Task { [port = server.port] in
          while !Task.isCancelled, (try? Client(port: port)) != nil { await Task.yield() }
        }
      }
      #expect(try await server.stop())
      for client in crowd { client.cancel() }
    }
  }

  /// What takes longer than is waited is ended.
  @Test func stoppingWithoutPatience() async throws {
    let gate = Gate()
    let server = try await TestServer {
      $0.limits.grace = .milliseconds(20)
    } onStep: { _ in
      gate.pass()
    }
    let (whole, stream) = (try Client(port: server.port), try Client(port: server.port))
    whole.send("POST", "/v1/completions", body: Self.long + "}")
    stream.send("POST", "/v1/completions", body: Self.long + #", "stream": true}"#)
    // The second may have come too late for the step that waits.
    while server.model.service.queue.runningCount + server.model.service.queue.waitingCount < 2 { await Task.yield() }
    server.server.stop()
    let answer = try await whole.answer()
    #expect(try answer.status == 503 && answer.code == "stopping")
    #expect(try JSON(parsing: await stream.answer().events[0])["error"]?["code"]?.string == "stopping")
    gate.open()
    #expect(try await server.stop() == false)
  }

  /// Whoever waits for a text is told, whether it runs, is streamed, or waits for its place; then the server ends.
  @Test func aDeviceThatFails() async throws {
    let gate = Gate()
    let server = try await TestServer(batchSize: 2, brokenStep: 3, onStep: { if $0 == 3 { gate.pass() } })
    let clients = try (0..<24).map { _ in try Client(port: server.port) }
    for (number, client) in clients.enumerated() {
      client.send("POST", "/v1/completions", body: Self.long + (number % 2 == 0 ? "}" : #", "stream": true}"#))
    }
    let queue = server.model.service.queue
    while queue.runningCount + queue.waitingCount < clients.count { await Task.yield() }
    gate.open()
    for (number, client) in clients.enumerated() {
      let answer = try await client.answer()
      let error = number % 2 == 0 ? answer.body : answer.events.first { $0.contains("error") } ?? ""
      #expect(try JSON(parsing: error)["error"]?["code"]?.string == "device_failed", "\(answer)")
      #expect(answer.status == (number % 2 == 0 ? 500 : 200))
    }
    let error = await #expect(throws: (any Error).self) { try await server.stop() }
    #expect(error.map { "\($0)" }?.contains("clEnqueueNDRangeKernel") == true)
  }

  @Test func addressesThatAreTaken() async throws {
    let server = try await TestServer()
    var options = ServerOptions()
    func isRefused(_ address: ServerOptions.Address) async throws {
      options.address = address
      await #expect(throws: AddressError.self, "\(address)") {
        _ = try await ModelServer(options, log: { _ in }).run(onListening: { _ in }) { server.model }
      }
    }
    try await isRefused(.host("127.0.0.1", port: server.port))
    try await isRefused(.host("no such host", port: 0))
    try await isRefused(.unixSocket("/tmp/" + String(repeating: "a", count: 200)))
    let folder = try TemporaryFolder()
    try Data().write(to: folder.url.appending(path: "file"))
    try await isRefused(.unixSocket(folder.path("file")))
    let other = try await TestServer { $0.address = .unixSocket(folder.path("socket")) }
    try await isRefused(.unixSocket(folder.path("socket")))
    #expect(try await other.stop())
    #expect(try await server.stop())
  }

  /// Before the model is there, and where it cannot be loaded.
  @Test func loading() async throws {
    struct Unusable: Error {}
    var options = ServerOptions()
    options.address = .host("127.0.0.1", port: 0)
    let server = ModelServer(options, log: { _ in })
    let (addresses, address) = AsyncStream<String>.makeStream()
    let (failures, failure) = AsyncStream<Void>.makeStream()
    let run = Task {
      try await server.run(onListening: { address.yield($0) }) {
        for await _ in failures { break }
        throw Unusable()
      }
    }
    for await url in addresses {
      let port = url.split(separator: ":").last.flatMap { Int($0) } ?? 0
      let client = try Client(port: port)
      client.send("GET", "/health")
      let health = try await client.answer()
      #expect(try health.status == 503 && health.json["status"]?.string == "loading")
      client.send("POST", "/v1/completions", body: #"{"prompt": "a"}"#)
      #expect(try await client.answer().code == "loading")
      break
    }
    failure.yield()
    await #expect(throws: Unusable.self) { try await run.value }
  }
}
