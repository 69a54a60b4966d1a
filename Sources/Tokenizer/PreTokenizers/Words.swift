/// A text cut into words, which a tokenizer's model does not look beyond.
struct Words {
  /// Well-formed UTF-8.
  private(set) var text: [UInt8]
  private(set) var words: [Word]

  struct Word {
    var range: Range<Int>
    /// Whether the whole text, with the added tokens in it, starts here.
    var isAtStart: Bool
  }

  init(_ text: [UInt8], in range: Range<Int>, isAtStart: Bool) {
    self.text = text
    words = range.isEmpty ? [] : [Word(range: range, isAtStart: isAtStart)]
  }

  /// Cuts each word into parts that cover it: those that match, and what lies between.
  mutating func split(
    _ behavior: SplitBehavior, _ parts: ([UInt8], Range<Int>) -> [(range: Range<Int>, isMatch: Bool)]
  ) {
    words = words.flatMap { word in
      behavior.apply(to: parts(text, word.range)).map { range in
        Word(range: range, isAtStart: word.isAtStart && range.lowerBound == word.range.lowerBound)
      }
    }
  }

  /// Cuts each word at single characters.
  mutating func split(_ behavior: SplitBehavior, at isDelimiter: (Unicode.Scalar) -> Bool) {
    split(behavior) { text, range in
      var parts: [(range: Range<Int>, isMatch: Bool)] = []
      var (start, index) = (range.lowerBound, range.lowerBound)
      while index < range.upperBound {
        let scalar = text.scalar(at: index)
        let end = index + UTF8.width(scalar)
        if isDelimiter(scalar) {
          if start < index { parts.append((start..<index, false)) }
          parts.append((index..<end, true))
          start = end
        }
        index = end
      }
      if start < range.upperBound { parts.append((start..<range.upperBound, false)) }
      return parts
    }
  }

  /// Spells each word anew.
  mutating func respell(_ spelling: (ArraySlice<UInt8>, _ isAtStart: Bool) -> [UInt8]) {
    var respelled: [UInt8] = []
    respelled.reserveCapacity(2 * text.count)
    for index in words.indices {
      let start = respelled.count
      respelled += spelling(text[words[index].range], words[index].isAtStart)
      words[index].range = start..<respelled.count
    }
    text = respelled
  }
}
