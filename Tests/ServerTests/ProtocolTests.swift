import JSON
import Testing

@testable import Completions
@testable import Server

/// What HTTP/1 asks of a server beyond answers; byte by byte in `Tests/Conformance/server/test_protocol.py`.
@Suite struct ProtocolTests {
  /// What comes until the connection's end.
  private func all(_ server: TestServer, _ request: String) async throws -> String {
    let client = try Client(port: server.port)
    client.send(request)
    return try await client.read()
  }

  @Test func whatCannotBeReadIsToldWhy() async throws {
    let server = try await TestServer()
    let fields = (0..<101).map { "x-\($0): 1\r\n" }.joined()
    for (request, status, code) in [
      ("GET /health HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n", 431, "headers_too_large"),
      ("GET /health HTTP/1.1\r\nx: \(String(repeating: "a", count: 20_000))\r\n\r\n", 431, "headers_too_large"),
      ("garbage\r\n\r\n", 400, "invalid_http"), ("GET /health HTTP/1.1\nHost: localhost\n\n", 400, "invalid_http"),
    ] {
      let client = try Client(port: server.port)
      client.send(request)
      let answer = try await client.answer()
      #expect(try answer.status == status && answer.code == code && answer.headers["connection"] == "close")
      #expect(try await client.read().isEmpty)
    }
    // In words of its own, where the parser's are "invalid HTTP method" and "paused (swift-http-parser error)".
    for (request, words) in [
      ("garbage\r\n\r\n", "it begins with no method of HTTP"),
      ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "it begins as one of HTTP/2"),
    ] {
      #expect(try await all(server, request).contains(words))
    }
    // In its turn.
    let answers = try await all(server, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\ngarbage\r\n\r\n")
    #expect(answers.hasPrefix("HTTP/1.1 200") && answers.contains("HTTP/1.1 400"))
    #expect(try await server.metric(#"gpt2_gpu_rejected_total{model="tiny",reason="invalid_http"}"#) == 5)
    #expect(try await server.stop())
  }

  @Test func hosts() async throws {
    let server = try await TestServer()
    for (request, status) in [
      ("GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 400),
      ("GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 403),
      ("GET http://localhost/health HTTP/1.1\r\nHost: evil.example\r\nConnection: Close\r\n\r\n", 200),
      ("GET HTTPS://localhost/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 200),
      ("GET ftp://localhost/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400),
      ("OPTIONS ws://localhost/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400),
      ("GET /health HTTP/1.0\r\n\r\n", 200), ("GET /health HTTP/1.0\r\nHost: evil.example\r\n\r\n", 403),
    ] {
      let answer = try await all(server, request)
      #expect(answer.split(separator: " ").dropFirst().first == "\(status)", "\(request): \(answer)")
      #expect(answer.lowercased().contains("connection: close"))
    }
    let other = try await server.ask("GET", "ftp://localhost/health", ["Connection": "close"])
    #expect(other.body.contains("a URL of the scheme ftp, and this server has those of http and https alone."))
    #expect(try await server.stop())
  }

  /// A stream ends with its connection, since HTTP/1.0 knows no chunks.
  @Test func streamsOfOldClients() async throws {
    let server = try await TestServer()
    let body = #"{"prompt": [5], "max_tokens": 2, "stream": true}"#
    let answer = try await all(
      server, "POST /v1/completions HTTP/1.0\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    #expect(answer.hasPrefix("HTTP/1.0 200") && !answer.contains("chunked") && answer.contains("\r\n\r\ndata: {"))
    #expect(answer.hasSuffix("data: [DONE]\n\n"))
    #expect(try await server.stop())
  }

  @Test func bodiesThatAreCoded() async throws {
    let server = try await TestServer()
    let packed = try await server.ask("POST", "/tokenize", ["Content-Encoding": "gzip"], body: "{}")
    #expect(packed.status == 415)
    let answer = try await all(
      server, "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 400") && answer.contains("Transfer-Encoding"))
    #expect(try await server.stop())
  }

  /// Too many connections are told so before they ask.
  @Test func surplusConnections() async throws {
    let server = try await TestServer { $0.limits.connections = 2 }
    let held = try (0..<2).map { _ in try Client(port: server.port) }
    for client in held {
      client.send("GET", "/health")
      #expect(try await client.answer().status == 200)
    }
    let surplus = try Client(port: server.port)
    let answer = try await surplus.answer()
    #expect(try answer.status == 503 && answer.code == "too_many_connections" && answer.headers["retry-after"] != nil)
    #expect(try await surplus.read().isEmpty)
    held[1].leave()
    var status = 503
    while status == 503 { status = (try? await server.ask("GET", "/health").status) ?? 503 }
    #expect(status == 200)
    #expect(try await server.stop())
  }

  /// After what may become another protocol, the parser reads nothing more: the client hears that it is the last.
  @Test(arguments: [
    "GET /health HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c", "CONNECT a:1 HTTP/1.1",
  ])
  func otherProtocolsEndTheConnection(_ head: String) async throws {
    let server = try await TestServer()
    let client = try Client(port: server.port)
    client.send("\(head)\r\nHost: localhost\r\n\r\n")
    let answer = try await client.answer()
    #expect([200, 404, 405].contains(answer.status) && answer.headers["connection"] == "close", "\(answer)")
    #expect(try await client.read().isEmpty)
    #expect(try await server.stop())
  }

  /// Addresses behind which names are checked, and the names of the server's own URL.
  @Test(
    arguments: [
      ("0:0:0:0:0:0:0:1", "::1", true, "[::1]"), ("::ffff:127.0.0.1", "::ffff:127.0.0.1", true, "[::ffff:127.0.0.1]"),
      ("127.0.0.2", "127.0.0.2", true, "127.0.0.2"), ("2130706433", "127.0.0.1", true, "127.0.0.1"),
      ("LocalHost", "127.0.0.1", true, "localhost"), ("machine", "192.168.0.7", false, "machine"),
      ("0.0.0.0", "0.0.0.0", false, "0.0.0.0"), ("::", "::", false, "[::]"),
      ("a name that nobody knows", nil, true, ""),
    ] as [(String, String?, Bool, String)])
  func loopback(_ host: String, numbers: String?, isLoopback: Bool, name: String) {
    let address = ServerOptions.Address.host(host, port: 80)
    #expect(address.isLoopback(numbers) == isLoopback)
    #expect(name.isEmpty || address.names(numbers).contains(name), "\(address.names(numbers))")
    // The system knows numbers without asking anybody.
    if let numbers, host.contains(where: \.isNumber) { #expect(address.resolved() == numbers) }
  }

  @Test(
    arguments: [
      ("0", 0), ("16", 16), ("9223372036854775807", Int.max), ("9223372036854775808", .max), ("-1", nil), ("", nil),
      ("+1", nil), ("1 ", nil),
    ] as [(String, Int?)])
  func lengths(_ text: String, _ count: Int?) { #expect(ContentLength.bytes(text) == count) }

  @Test(arguments: [
    ("http://a/b?c", "a", "/b?c"), ("HTTPS://a:1", "a:1", "/"), ("http://a?b", "a", "/?b"), ("http:///b", "", "/b"),
  ])
  func urls(_ text: String, _ host: String, _ path: String) throws {
    let parts = try #require(HTTP1Handler.parts(ofURL: text))
    #expect(parts == (host, path))
    #expect(HTTP1Handler.parts(ofURL: path) == nil)
  }

  /// All connections, and what the rest needs, fit into the files that may be open.
  @Test(arguments: [0, 64, 256, 300, 1024, 4096, 20_000, 1 << 20]) func openFiles(_ files: Int) {
    for wanted in [1, 20, 1024, 100_000, .max] {
      var limits = ServerOptions.Limits()
      limits.connections = wanted
      limits.fit(openFiles: files)
      #expect(1...wanted ~= limits.connections)
      #expect(limits.connections == wanted || files < 300 || limits.accepted <= files - 256)
    }
  }
}
