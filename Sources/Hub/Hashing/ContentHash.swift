/// What names a file's content on the Hub.
package struct ContentHash: Hashable, Sendable {
  /// How it is made.
  package enum Algorithm: String, Sendable {
    /// Of files in large file storage.
    case sha256
    /// Of files in git: SHA-1 of `blob SIZE`, a NUL and the content.
    case gitSHA1 = "git-sha1"

    /// Hexadecimal digits.
    var digitCount: Int { self == .sha256 ? 64 : 40 }
  }

  package let algorithm: Algorithm
  /// In lower-case hexadecimal digits.
  package let digits: String
}
