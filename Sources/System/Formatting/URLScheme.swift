extension StringProtocol {
  /// The scheme that a URL begins with, in lower case, such as `https`; nil where no `scheme://` does (RFC 3986, 3.1).
  ///
  /// Of schemes that are as short as all that are registered; bytes are looked at, since text from outside may have many
  /// combining marks.
  package var urlScheme: String? {
    let bytes = Array(utf8.prefix(40))
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
      return nil
    }
    let scheme = String(decoding: bytes[..<colon], as: UTF8.self)
    guard let first = scheme.first, first.isASCII, first.isLetter else { return nil }
    let isScheme = scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    return isScheme ? scheme.lowercased() : nil
  }
}
