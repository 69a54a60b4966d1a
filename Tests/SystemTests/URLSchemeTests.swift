import System
import Testing

@Suite struct URLSchemeTests {
  @Test(arguments: [
    ("https://huggingface.co/a/b", "https"), ("FTP://host", "ftp"), ("git+ssh://host/a", "git+ssh"), ("s3://", "s3"),
    ("file:///a", "file"),
  ])
  func isFound(_ text: String, scheme: String) { #expect(text.urlScheme == scheme) }

  @Test(arguments: [
    "", "a/b", "/a://b", "://a", "1a://b", "a b://c", "mailto:a@b", "x:/y", "localhost:80", "é://a", "a\u{301}://b",
    String(repeating: "a", count: 38) + "://b",
  ])
  func isNotFound(_ text: String) { #expect(text.urlScheme == nil) }
}
