import JSON
import Testing

@testable import Completions
@testable import Server

/// Requests that are refused, after each of which a good one is answered.
@Suite struct RefusalTests {
  @Test func hostsAndOrigins() async throws {
    let server = try await TestServer {
      $0.allowedHosts = ["example.org"]
      $0.corsOrigins = ["https://page.example"]
    }
    func status(_ headers: [String: String], _ path: String = "/health") async throws -> Int {
      try await server.ask("GET", path, headers).status
    }
    for host in ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "example.org:80", "LOCALHOST"] {
      #expect(try await status(["Host": host]) == 200, "\(host)")
    }
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[::1].evil"] {
      #expect(try await status(["Host": host]) == 403, "\(host)")
    }
    let without = try Client(port: server.port)
    without.send("GET /health HTTP/1.1\r\n\r\n")
    #expect(try await without.answer().status == 400)
    #expect(try await status(["Origin": "http://localhost"]) == 200)
    #expect(try await status(["Origin": "http://evil.example"]) == 403)
    #expect(try await status(["Origin": "null"]) == 403)
    let allowed = try await server.ask("GET", "/health", ["Origin": "https://page.example"])
    #expect(allowed.headers["access-control-allow-origin"] == "https://page.example")
    let asked = try await server.ask("OPTIONS", "/v1/completions", ["Origin": "https://page.example"])
    #expect(asked.status == 204 && asked.headers["access-control-allow-methods"] == "GET, POST, OPTIONS")
    for (names, allowed) in [("authorization, x-stainless-os", true), ("x-a; x-b", false)] {
      let asked = try await server.ask(
        "OPTIONS", "/v1/completions",
        ["Origin": "https://page.example", "Access-Control-Request-Headers": names])
      #expect((asked.headers["access-control-allow-headers"] == names) == allowed, "\(names)")
    }
    #expect(try await server.ask("OPTIONS", "/v1/completions").headers["access-control-allow-origin"] == nil)
    let form = try await server.ask(
      "POST", "/v1/completions", ["Origin": "http://localhost", "Content-Type": "text/plain"],
      body: #"{"prompt": "a"}"#)
    #expect(try form.status == 415 && form.code == "unsupported_media_type")
    #expect(try await server.stop())
  }

  @Test func keys() async throws {
    let server = try await TestServer { $0.keys = ["sesame", "another key"] }
    func status(_ header: String?, _ path: String = "/v1/models") async throws -> Int {
      try await server.ask("GET", path, header.map { ["Authorization": $0] } ?? [:]).status
    }
    for key in ["Bearer sesame", "bearer sesame", "Bearer another key"] { #expect(try await status(key) == 200) }
    for key in ["Bearer sesam", "Bearer sesamesesame", "Bearer ", "Basic sesame", "sesame", nil] {
      #expect(try await status(key) == 401, "\(key ?? "none")")
    }
    for path in ["/metrics", "/version", "/tokenizer_info", "/v1/models/tiny"] {
      #expect(try await status(nil, path) == 401, "\(path)")
    }
    for path in ["/health", "/v1/health"] { #expect(try await status(nil, path) == 200) }
    let refused = try await server.ask("POST", "/generate", body: "{}")
    #expect(refused.status == 401 && refused.headers["www-authenticate"] == "Bearer")
    #expect(try await server.stop())
  }

  @Test func pathsAndMethods() async throws {
    let server = try await TestServer()
    let wrong = try await server.ask("DELETE", "/v1/completions")
    #expect(try wrong.status == 405 && wrong.headers["allow"] == "OPTIONS, POST" && wrong.code == "method_not_allowed")
    #expect(try await server.ask("TRACE", "/health").headers["allow"] == "GET, HEAD, OPTIONS")
    for path in ["/nothing", "/v1/../health", "//", "/v1/models/a/b", "/health%2F"] {
      #expect(try await server.ask("GET", path).status == 404, "\(path)")
    }
    let long = try await server.ask("GET", "/" + String(repeating: "a", count: 20_000))
    #expect(try long.status == 431 && long.code == "headers_too_large")
    #expect(try await server.ask("GET", "/health").status == 200)
    #expect(try await server.stop())
  }

  @Test func bodies() async throws {
    let server = try await TestServer { $0.limits.body = 1000 }
    let deep = String(repeating: "[", count: 900)
    for (body, code) in [
      ("", "invalid_json"), ("{", "invalid_json"), (deep, "invalid_json"), ("3", "invalid_json"),
      (#"{"promt": "a"}"#, "unknown_field"), (#"{"prompt": "a", "max_tokens": 9999}"#, "context_length_exceeded"),
      (#"{"prompt": [99999]}"#, "invalid_value"), (#"{"prompt": "a", "temperature": -1}"#, "invalid_value"),
      (#"{"prompt": "a", "n": 65}"#, "invalid_value"),
    ] {
      let answer = try await server.complete(body)
      #expect(try answer.status == 400 && answer.code == code, "\(body): \(answer.body)")
      #expect(answer.headers["x-should-retry"] == "false")
    }
    #expect(try await server.complete(#"{"prompt": "a", "model": "gpt-4"}"#).status == 404)
    #expect(try await server.complete(#"{"prompt": "a", "max_tokens": 2}"#).status == 200)
    #expect(try await server.stop())
  }

  /// Text of many combining marks, which would take the square of their number to compare, is refused before, and no
  /// more of it is said than of any other.
  @Test func combiningMarks() async throws {
    let server = try await TestServer()
    let marks = String(repeating: "\u{327}\u{301}", count: 100_000)
    for fields in [
      #""preset":"\#(marks)""#, #""early_stopping":"\#(marks)""#, #""stream":true,"stream_options":{"\#(marks)":1}"#,
      #""model":"\#(marks)""#, #""\#(marks)":1"#,
    ] {
      let answer = try await server.complete(#"{"prompt":"a",\#(fields)}"#)
      #expect([400, 404].contains(answer.status) && answer.body.count < 2000, "\(answer.status)")
    }
    for name in ["Host", "Origin"] {
      let answer = try await server.ask(
        "GET", "/health", [name: String(marks.prefix(1).unicodeScalars.prefix(6000).map(Character.init))])
      #expect(answer.status == 403 && answer.body.count < 2000, "\(answer.status)")
    }
    #expect(try await server.stop())
  }

  /// The connection is closed, after an answer that even a client gets who sends on.
  @Test func bodiesThatAreTooLarge() async throws {
    let server = try await TestServer { $0.limits.body = 1000 }
    let declared = try Client(port: server.port)
    declared.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
    let first = try await declared.answer()
    #expect(try first.status == 413 && first.code == "body_too_large" && first.headers["connection"] == "close")
    declared.send(String(repeating: "a", count: 100_000))
    #expect(try await declared.read().isEmpty)

    let chunked = try Client(port: server.port)
    chunked.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in 0..<3 { chunked.send("258\r\n" + String(repeating: "a", count: 600) + "\r\n") }
    #expect(try await chunked.answer().status == 413)
    #expect(try await chunked.read().isEmpty)
    #expect(try await server.stop())
  }

  @Test func lateRequests() async throws {
    let server = try await TestServer {
      $0.limits.bodyTime = .milliseconds(50)
      $0.limits.headerTime = .milliseconds(50)
      $0.limits.idleTime = .milliseconds(300)
    }
    let body = try Client(port: server.port)
    body.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{")
    let answer = try await body.answer()
    #expect(try answer.status == 408 && answer.code == "body_timeout")
    #expect(try await body.read().isEmpty)
    let headers = try Client(port: server.port)
    headers.send("GET /health HTTP/1.1\r\nHost:")
    #expect(try await headers.read().isEmpty)
    let idle = try Client(port: server.port)
    #expect(try await idle.read().isEmpty)
    #expect(try await server.stop())
  }

  @Test func brokenRequests() async throws {
    let server = try await TestServer()
    let tooLong = try Client(port: server.port)
    tooLong.send(
      "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        + "Content-Length: 9223372036854775807\r\n\r\n"
    )
    #expect(try await tooLong.answer().status == 413)
    for request in [
      "garbage\r\n\r\n", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
    ] {
      let client = try Client(port: server.port)
      client.send(request)
      #expect(try await client.answer().status == 400, "\(request)")
    }
    let chunk = try Client(port: server.port)
    chunk.send("POST /tokenize HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
    #expect(try await chunk.answer().status == 400)
    let waits = try Client(port: server.port)
    waits.send("POST /tokenize HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 16\r\n\r\n")
    #expect(try await waits.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100"))
    waits.send(#"{"prompt":"abc"}"#)
    #expect(try await waits.answer().status == 200)
    #expect(try await server.ask("GET", "/health").status == 200)
    #expect(try await server.stop())
  }
}
