/// The status and the headers of an answer.
struct ResponseHead {
  private(set) var status = 0
  private var headers: [String: String] = [:]
  private var byteCount = 0

  /// More than any server of the Hub's sends.
  private static let maximumByteCount = 1 << 16

  /// A header, by its name in lower case; of several, the last.
  subscript(name: String) -> String? { headers[name] }

  /// Takes a line of the head; a status line begins another, as after an interim answer. False where there is too much.
  mutating func add(_ line: String) -> Bool {
    byteCount += line.utf8.count
    guard byteCount <= Self.maximumByteCount else { return false }
    if line.hasPrefix("HTTP/") {
      let words = line.split(maxSplits: 2, whereSeparator: \.isWhitespace)
      status = words.count > 1 ? Int(words[1]) ?? 0 : 0
      headers = [:]
      return true
    }
    guard let colon = line.firstIndex(of: ":") else { return true }
    let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
    headers[line[..<colon].lowercased()] = String(value.prefix { !$0.isNewline })
    return true
  }

  var isSuccess: Bool { (200..<300).contains(status) }
  var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }

  /// Whether the body is a page for people, as networks that want a login put in the place of everything.
  var isPage: Bool { self["content-type"]?.lowercased().hasPrefix("text/html") == true }

  /// Which bytes of how many a partial answer has: `bytes FIRST-LAST/SIZE`; nil where it does not say that.
  var range: (bytes: ClosedRange<Int>, size: Int?)? {
    guard let text = self["content-range"], text.lowercased().hasPrefix("bytes ") else { return nil }
    let parts = text.dropFirst("bytes ".count).split(separator: "/")
    let bounds = parts.first?.split(separator: "-").map { Int($0) } ?? []
    guard parts.count == 2, bounds.count == 2, let first = bounds[0], let last = bounds[1], 0 <= first, first <= last
    else { return nil }
    return (first...last, Int(parts[1]))
  }

  /// How long the server asks to wait, in seconds: by the Hub's `RateLimit: "name";r=0;t=172`, else by `Retry-After`.
  var wait: Int? {
    let fields = self["ratelimit"]?.split(separator: ";").map { $0.drop { $0 == " " } } ?? []
    if let seconds = fields.first(where: { $0.hasPrefix("t=") }).flatMap({ Int($0.dropFirst(2)) }), seconds >= 0 {
      return min(seconds, 1 << 20) + 1
    }
    return self["retry-after"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
  }
}
