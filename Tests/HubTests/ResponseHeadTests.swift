import Testing

@testable import Hub

@Suite struct ResponseHeadTests {
  private func head(_ lines: String...) -> ResponseHead {
    var head = ResponseHead()
    for line in lines where !head.add(line + "\r\n") { Issue.record("\(line)") }
    return head
  }

  @Test func laterHeadsReplaceInterimOnes() {
    let head = head("HTTP/1.1 100 Continue", "X-Old: 1", "", "HTTP/2 302 ", "LOCATION:  /there ", "X-Empty:", "")
    #expect(head.status == 302 && head.isRedirect && head["location"] == "/there " && head["x-old"] == nil)
    #expect(head["x-empty"] == "")
  }

  @Test(arguments: [
    ("bytes 5-9/10", 5, 9, 10), ("Bytes 0-0/1", 0, 0, 1), ("bytes 5-9/*", 5, 9, nil),
  ])
  func readsRanges(_ text: String, first: Int, last: Int, size: Int?) throws {
    let range = try #require(head("HTTP/1.1 206 Partial", "Content-Range: \(text)").range)
    #expect(range.bytes == first...last && range.size == size)
  }

  @Test(arguments: [
    "bytes */10", "bytes 9-5/10", "bytes -5/10", "bytes 5-/10", "items 0-1/2", "bytes 1-2", "", "bytes a-b/c",
  ])
  func refusesOtherRanges(_ text: String) {
    #expect(head("HTTP/1.1 206 Partial", "Content-Range: \(text)").range == nil)
  }

  @Test func readsHowLongToWait() {
    #expect(head("HTTP/1.1 429 x", #"RateLimit: "resolvers";r=0;t=172"#, "Retry-After: 3").wait == 173)
    #expect(head("HTTP/1.1 429 x", "Retry-After: 3").wait == 3)
    for text in ["-1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"] {
      #expect(head("HTTP/1.1 429 x", "Retry-After: \(text)").wait == nil)
    }
    #expect(head("HTTP/1.1 429 x", "RateLimit: t=\(Int.max)").wait == (1 << 20) + 1)
  }

  @Test func isBounded() {
    var head = ResponseHead()
    let line = "X-A: " + String(repeating: "a", count: 10_000)
    let isTaken = (0..<10).map { _ in head.add(line) }
    #expect(isTaken.first == true && isTaken.last == false)
  }
}
