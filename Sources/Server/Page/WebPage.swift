internal import CWebPage
internal import System

/// The files of the page, carried inside the binary.
package enum WebPage {
  /// A file, as it is to be answered.
  package struct File: Sendable {
    /// As a URL has it, with the slash before it.
    package let path: String
    /// Its `Content-Type`.
    package let contentType: String
    /// What it holds.
    package let bytes: [UInt8]
    /// Its `ETag`, in quotes: another for other bytes.
    package let entityTag: String
  }

  /// Every file.
  package static let files: [File] = {
    var files: [File] = []
    while let file = gpt2_page_file_at(files.count)?.pointee {
      let bytes = Array(String(cString: file.text).utf8)
      files.append(
        File(
          path: "/" + String(cString: file.path), contentType: String(cString: file.type), bytes: bytes,
          entityTag: "\"\(FNV1a128(bytes).text)\""))
    }
    return files
  }()

  /// The file of a URL's path, nil where there is none.
  package static func file(_ path: String) -> File? { files.first { $0.path == path } }

  /// What is answered with every file: nothing runs and nothing is asked for but what this server has.
  package static let headers = [
    (
      "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'"
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-cache"),
  ]
}
