/// The header that says how long a body is.
enum ContentLength {
  /// Its number; the largest there is for one that is larger still; nil for what is none.
  static func bytes(_ text: String) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
    return Int(text) ?? .max
  }
}
