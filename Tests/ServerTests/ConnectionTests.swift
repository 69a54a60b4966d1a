import Foundation
import GPT2
import JSON
import TestSupport
import Testing

@testable import Completions
@testable import Server

/// What is written to a connection, and when it is closed.
@Suite struct ConnectionTests {
  private static let large = String(repeating: "v", count: 5 << 20)

  /// HEAD has no body, whatever is answered: the client would read it as the next answer.
  @Test func headHasNoBody() async throws {
    let server = try await TestServer { $0.keys = ["sesame"] }
    let client = try Client(port: server.port)
    for (path, status) in [("/health", 200), ("/nothing", 404), ("/v1/completions", 405), ("/v1/models", 401)] {
      client.send("HEAD", path)
      let answer = try await client.answer(hasBody: false)
      #expect(answer.status == status && answer.headers["content-length"] != "0")
      client.send("GET", "/health")
      #expect(try await client.answer().json["status"]?.string == "ok", "after HEAD \(path)")
    }
    #expect(try await server.stop())
  }

  /// Pings are due just when the stream ends.
  @Test func pingsEndWithTheirStream() async throws {
    let gate = Gate()
    let server = try await TestServer(batchSize: 1) {
      $0.limits.pingTime = .microseconds(50)
      $0.limits.queueTime = .milliseconds(2)
    } onStep: { _ in
      gate.pass()
    }
    let settings = try server.model.service.pretrained.settings(.completionsDefaults, preset: .hf5)
    let first = try server.model.service.generate(.tokens([5]), settings)
    try await server.wait(for: "gpt2_gpu_requests_running", 1)
    let client = try Client(port: server.port)
    for _ in 0..<100 {
      client.send("POST", "/v1/completions", body: #"{"prompt": [5], "stream": true}"#)
      let answer = try await client.answer()
      #expect(answer.body.contains(": ping") && answer.events.last == "[DONE]")
    }
    gate.open()
    for try await _ in first {}
    #expect(try await server.stop())
  }

  /// Answers that did not wait for their requests' bodies leave nothing behind: the next request's headers may be late.
  @Test func earlyAnswers() async throws {
    let server = try await TestServer { $0.limits.headerTime = .milliseconds(50) }
    let client = try Client(port: server.port)
    for _ in 0..<3 {
      client.send("POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n")
      #expect(try await client.answer().status == 404)
      client.send("{}")
    }
    client.send("GET", "/health")
    #expect(try await client.answer().status == 200)
    let start = ContinuousClock.now
    client.send("GET /health HTTP/1.1\r\nHost:")
    #expect(try await client.read().isEmpty)
    #expect(.now - start < .seconds(60), "closed as one that is idle")
    #expect(try await server.stop())
  }

  /// Who leaves while events are written is no failed device.
  @Test func leavingWithinEvents() async throws {
    let server = try await TestServer()
    for _ in 0..<5 {
      let client = try Client(port: server.port)
      client.send(
        "POST", "/v1/completions",
        body: #"{"prompt": [5], "n": 4, "max_tokens": 2400, "ignore_eos": true, "stream": true}"#)
      _ = try await client.read(until: "data: ")
    }
    while try await server.total("gpt2_gpu_completions_total{") < 20 { await Task.yield() }
    #expect(try await server.total(#"gpt2_gpu_completions_total{model="tiny",finish_reason="error"}"#) == 0)
    #expect(try await server.stop())
  }

  /// Nothing is written between the parts of an answer.
  @Test func requestsSentAheadAreNotToldToContinue() async throws {
    let server = try await TestServer()
    let client = try Client(port: server.port)
    let (stream, next) = (#"{"prompt": [5], "max_tokens": 2, "stream": true}"#, #"{"prompt":"abc"}"#)
    client.send(
      "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(stream.utf8.count)\r\n\r\n\(stream)"
        + "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\n"
        + "Content-Length: \(next.utf8.count)\r\n\r\n\(next)")
    let answers = try await client.read()
    #expect(answers.components(separatedBy: "HTTP/1.1 200 OK").count == 3 && !answers.contains("HTTP/1.1 100"))
    #expect(try await server.stop())
  }

  /// The model comes when the server is to end already, and an answer is on its way that the system does not take at once.
  @Test func stoppingWhileLoading() async throws {
    var options = ServerOptions()
    options.address = .host("127.0.0.1", port: 0)
    options.version = Self.large
    let server = ModelServer(options, log: { _ in })
    let (addresses, address) = AsyncStream<String>.makeStream()
    let (stops, stop) = AsyncStream<Void>.makeStream()
    let run = Task {
      try await server.run(onListening: { address.yield($0) }) {
        for await _ in stops { break }
        return try await TestServer.model()
      }
    }
    for await url in addresses {
      let port = url.split(separator: ":").last.flatMap { Int($0) } ?? 0
      let client = try Client(port: port, receiveBuffer: 1 << 17)
      client.send("GET", "/openapi.json")
      let start = try await client.read(until: "HTTP/1.1 200 OK")
      server.stop()
      stop.yield()
      let answer = try await start + client.read()
      #expect(answer.utf8.count > Self.large.utf8.count && answer.hasSuffix("}"), "\(answer.utf8.count) bytes")
      break
    }
    #expect(try await run.value)
    #expect(!server.hasModel)
  }

  /// Who reads slowly has the whole answer; who does not read at all is cut.
  @Test(.enabled(if: Tier.isFull, "It takes seconds.")) func writing() async throws {
    let server = try await TestServer {
      $0.limits.writeTime = .seconds(1)
      $0.version = Self.large
    }
    let slow = try Client(port: server.port, receiveBuffer: 1 << 17)
    slow.send("GET", "/version", ["Connection": "close"])
    #expect(try await slow.read(pause: 5000).utf8.count > Self.large.utf8.count)
    slow.leave()
    let deaf = try Client(port: server.port, receiveBuffer: 1 << 17)
    deaf.send("GET", "/version")
    try await server.wait(for: "gpt2_gpu_connections_open", 1)
    #expect(try await deaf.read().utf8.count < Self.large.utf8.count)
    #expect(try await server.stop())
  }
}
