internal import Testing

@testable import Server

struct WebPageTests {
  @Test func everyFileThatThePageAsksForIsThere() throws {
    let page = try #require(WebPage.file("/"))
    #expect(page.contentType == "text/html; charset=utf-8")
    for file in WebPage.files {
      let text = String(decoding: file.bytes, as: UTF8.self)
      for match in text.matches(of: /(?:src=|href=|from )"(?:\.\/)?([\w.]+\.\w+)"/) where match.1 != "openapi.json" {
        #expect(WebPage.file("/\(match.1)") != nil, "\(file.path) asks for \(match.1)")
      }
    }
    #expect(WebPage.file("/favicon.ico") != nil)
    #expect(WebPage.file("/page.html") == nil)
    #expect(WebPage.file("/../page.css") == nil)
  }

  @Test func nothingIsTakenFromAnotherHostOrWrittenInline() {
    for file in WebPage.files {
      let text = String(decoding: file.bytes, as: UTF8.self)
      for match in text.matches(of: /https?:\/\/[^\s"')]+/) {
        #expect(match.0 == "http://www.w3.org/2000/svg", "\(file.path)")
      }
      #expect(!text.contains("innerHTML"), "\(file.path)")
      if file.path == "/" {
        #expect(!text.contains("style=") && !text.contains("<style") && !text.contains("onclick"))
      }
    }
  }

  @Test func tagsAreThoseOfTheBytes() {
    #expect(Set(WebPage.files.map(\.entityTag)).count == WebPage.files.count)
    #expect(WebPage.files.allSatisfy { $0.entityTag.wholeMatch(of: /"[0-9a-f]{32}"/) != nil })
  }
}
