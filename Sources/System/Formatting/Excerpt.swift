extension StringProtocol {
  /// The beginning of a text from outside, for messages: at most 100 scalars, as one character can have millions.
  package var excerpt: String { String(Substring.UnicodeScalarView(unicodeScalars.prefix(100))) }
}
