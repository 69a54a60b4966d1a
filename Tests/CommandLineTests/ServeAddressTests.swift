import ArgumentParser
import Testing

@testable import CLI

/// Names and origins that `serve` answers.
@Suite struct ServeAddressTests {
  @Test(arguments: [
    ["--allowed-host", "example.org"], ["--allowed-host", "[::1]"], ["--cors-origin", "https://example.org"],
    ["--cors-origin", "http://localhost:3000"], ["--cors-origin", "http://[::1]:3000"], ["--cors-origin", "null"],
  ])
  func isTaken(_ arguments: [String]) throws {
    let options = try ServeAddressOptions.parse(arguments)
    #expect(options.allowedHost + options.corsOrigin == [arguments[1]])
  }

  @Test(arguments: [("[::1]", "::1"), ("::1", "::1"), ("localhost", "localhost")])
  func bracketsAreOfURLs(_ host: String, bare: String) throws {
    #expect(try ServeAddressOptions.parse(["--host", host]).bareHost == bare)
  }

  /// A connection that may not be idle answers nothing.
  @Test(arguments: ["0", "-1"]) func idleTimeout(_ seconds: String) {
    #expect(throws: (any Error).self) { try ServeLimitOptions.parse(["--idle-timeout", seconds]) }
    #expect(throws: Never.self) { try ServeLimitOptions.parse(["--idle-timeout", "0.5", "--grace", "0"]) }
  }

  /// What no request could match.
  @Test(arguments: [
    ["--allowed-host", "example.org:8000"], ["--allowed-host", "https://example.org"], ["--allowed-host", ""],
    ["--cors-origin", "https://example.org/"], ["--cors-origin", "https://example.org/page"],
    ["--cors-origin", "example.org"], ["--cors-origin", "https://"], ["--cors-origin", "https://example.org:http"],
    ["--cors-origin", "*"], ["--unix-socket", ""],
  ])
  func isRefused(_ arguments: [String]) throws {
    let error = #expect(throws: (any Error).self) { try ServeAddressOptions.parse(arguments) }
    #expect(ServeAddressOptions.message(for: try #require(error)).contains(arguments[0]))
  }
}
