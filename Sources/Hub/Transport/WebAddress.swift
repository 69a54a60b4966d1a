internal import CCurl

/// A URL as libcurl reads it, which also follows it: no two readers that could understand it differently.
struct WebAddress: Sendable, CustomStringConvertible {
  /// The whole of it.
  let description: String
  private let origin: Origin

  /// What a token is for.
  private struct Origin: Hashable {
    let scheme: String
    let host: String
    let port: String
  }

  /// Reads a URL, absolute or relative to another.
  ///
  /// - Throws: for what is no URL of http or https, and for one with a name or password.
  init(_ text: String, relativeTo base: WebAddress? = nil, _ curl: Curl) throws(HubError) {
    let shown = String(text.prefix(200))
    guard let url = curl.makeURL() else { throw HubError(.network, "out of memory") }
    defer { curl.freeURL(url) }
    let part = Int32(GPT2_CURLUPART_URL)
    if let base { _ = curl.setURL(url, part, base.description, 0) }
    guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }), curl.setURL(url, part, text, 0) == 0 else {
      throw HubError(.network, "'\(shown)' is no URL")
    }
    func get(_ part: Int, _ flags: Int = 0) -> String? {
      var text: UnsafeMutablePointer<CChar>?
      guard curl.getURL(url, Int32(part), &text, UInt32(flags)) == 0, let text else { return nil }
      defer { curl.freeText(text) }
      return String(cString: text)
    }
    guard let whole = get(GPT2_CURLUPART_URL), let scheme = get(GPT2_CURLUPART_SCHEME)?.lowercased(),
      ["http", "https"].contains(scheme), let host = get(GPT2_CURLUPART_HOST)?.lowercased(), !host.isEmpty,
      let port = get(GPT2_CURLUPART_PORT, GPT2_CURLU_DEFAULT_PORT)
    else { throw HubError(.network, "'\(shown)' is no URL of http or https") }
    guard get(GPT2_CURLUPART_USER) == nil else {
      throw HubError(.network, "a URL with a name or password is not followed: a token goes by HF_TOKEN")
    }
    description = whole
    origin = Origin(scheme: scheme, host: host, port: port)
  }

  var isEncrypted: Bool { origin.scheme == "https" }

  /// Whether it is on this machine.
  var isLoopback: Bool { ["localhost", "[::1]"].contains(origin.host) || Self.isLoopbackNumber(origin.host) }

  /// Whether what is for one may be told the other.
  func hasOrigin(of other: WebAddress) -> Bool { origin == other.origin }

  private static func isLoopbackNumber(_ host: String) -> Bool {
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return numbers.count == 4 && numbers[0] == 127 && !numbers.contains(nil)
  }

  /// A path or a part of one with all but letters, digits and `-._~` escaped, and slashes where they separate.
  static func escaped(_ text: String, keepingSlashes: Bool) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch UnicodeScalar(byte) {
      case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "~": bytes.append(byte)
      case "/" where keepingSlashes: bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
