internal import System

/// A hash of tokens, in the order of the sequences: tells whether two runs wrote the same.
struct TextHash {
  private var hash = FNV1a64()

  mutating func add(_ tokens: [Int32]) {
    for token in tokens { withUnsafeBytes(of: token.littleEndian) { hash.combine($0) } }
    hash.combine(CollectionOfOne(0xFF))  // an end, so that "1 | 2 3" is not "1 2 | 3"
  }

  /// Sixteen hexadecimal digits.
  var text: String { hash.text }
}
