import Testing

@testable import Hub

/// URLs as libcurl reads them.
@Suite(.enabled(if: (try? Curl.library()) != nil, "libcurl is not installed")) struct WebAddressTests {
  private func address(_ text: String, from base: String? = nil) throws -> WebAddress {
    let curl = try Curl.library()
    return try WebAddress(text, relativeTo: base.map { try WebAddress($0, curl) }, curl)
  }

  @Test(arguments: [
    ("/a/b?c=d", "https://h/x/y?z", "https://h/a/b?c=d"), ("b", "https://h/x/y", "https://h/x/b"),
    ("//other/x", "https://h/x", "https://other/x"), ("http://other/x", "https://h/x", "http://other/x"),
  ])
  func resolvesRelativeOnes(_ text: String, _ base: String, _ wanted: String) throws {
    #expect(try address(text, from: base).description == wanted)
  }

  @Test(arguments: [
    "", "x", "file:///etc/passwd", "ftp://h/", "https://me:pw@h/", "https://me@h/", "https://h/a b", "https://h/\nX: y",
    "https://", "http://h:99999/", "javascript:alert(1)", "https://h\\@other/",
  ])
  func refusesOthers(_ text: String) {
    #expect(throws: HubError.self) { try address(text) }
  }

  @Test func comparesOrigins() throws {
    let hub = try address("https://huggingface.co/a")
    for same in ["https://HuggingFace.co/b", "https://huggingface.co:443/c", "HTTPS://huggingface.co"] {
      #expect(try hub.hasOrigin(of: address(same)))
    }
    for other in [
      "http://huggingface.co/a", "https://huggingface.co:444/", "https://huggingface.co.evil/",
      "https://evil/huggingface.co", "https://huggingface.co./",
    ] {
      #expect(try !hub.hasOrigin(of: address(other)))
    }
  }

  @Test func knowsThisMachine() throws {
    for text in ["http://localhost:1", "http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:80"] {
      #expect(try address(text).isLoopback)
    }
    for text in ["http://localhost.evil", "http://127.0.0.1.evil", "http://10.0.0.1", "http://[::2]"] {
      #expect(try !address(text).isLoopback)
    }
  }

  @Test func escapes() {
    #expect(WebAddress.escaped("a/b c?#%é", keepingSlashes: true) == "a/b%20c%3F%23%25%C3%A9")
    #expect(WebAddress.escaped("refs/pr/1", keepingSlashes: false) == "refs%2Fpr%2F1")
  }
}
