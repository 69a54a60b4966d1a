/// How a text is cut into words.
indirect enum PreTokenizer: Sendable {
  case sequence([PreTokenizer])
  /// Spells bytes in the byte alphabet, after GPT-2's pattern where `usesPattern` says so.
  case byteLevel(addsPrefixSpace: Bool, usesPattern: Bool)
  case bert
  case digits(SplitBehavior)
  case punctuation(SplitBehavior)
  case split(Pattern, SplitBehavior, isInverted: Bool)
  /// Words and what is between words and white space.
  case whitespace
  case whitespaceSplit
  case metaspace(Metaspace)
  case delimiter(Unicode.Scalar)
  case fixedLength(Int)

  func apply(to words: inout Words) {
    switch self {
    case .sequence(let steps): for step in steps { step.apply(to: &words) }
    case .byteLevel(let addsPrefixSpace, let usesPattern):
      let space = UInt8(ascii: " ")
      if addsPrefixSpace { words.respell { word, _ in word.first == space ? Array(word) : [space] + word } }
      if usesPattern { words.split(.isolated) { text, range in PreTokens(text, in: range).map { ($0, true) } } }
      words.respell { word, _ in ByteAlphabet.spelled(word) }
    case .bert:
      words.split(.removed, at: ScalarProperty.whiteSpace.holds)
      words.split(.isolated, at: ScalarProperty.bertPunctuation.holds)
    case .digits(let behavior): words.split(behavior, at: ScalarProperty.numeric.holds)
    case .punctuation(let behavior): words.split(behavior, at: ScalarProperty.bertPunctuation.holds)
    case .split(let pattern, let behavior, let isInverted):
      words.split(behavior) { text, range in
        var matcher = PatternMatcher(pattern, text, in: range)
        return matcher.pieces().map { ($0.range, $0.isMatch != isInverted) }
      }
    case .whitespace:
      words.split(.removed, at: ScalarProperty.whiteSpace.holds)
      words.split(.contiguous, at: ScalarProperty.word.holds)
    case .whitespaceSplit: words.split(.removed, at: ScalarProperty.whiteSpace.holds)
    case .metaspace(let metaspace): metaspace.apply(to: &words)
    case .delimiter(let delimiter): words.split(.removed) { $0 == delimiter }
    case .fixedLength(let length):
      words.split(.isolated) { text, range in Self.stretches(of: length, in: text, range).map { ($0, true) } }
    }
  }

  /// How many times longer than the text its words together may be. Of a word of one byte, that and a space become two
  /// bytes each in the byte alphabet; a mark of Metaspace has up to four bytes.
  var growth: Double {
    switch self {
    case .sequence(let steps): steps.reduce(1) { $0 * $1.growth }
    case .byteLevel(let addsPrefixSpace, _): addsPrefixSpace ? 4 : 2
    case .metaspace: 8
    default: 1
    }
  }

  /// How many steps it has, those of sequences in sequences too.
  var stepCount: Int {
    if case .sequence(let steps) = self { steps.reduce(0) { $0 + $1.stepCount } } else { 1 }
  }

  private static func stretches(of length: Int, in text: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
    var stretches: [Range<Int>] = []
    var (start, index, count) = (range.lowerBound, range.lowerBound, 0)
    while index < range.upperBound {
      index += UTF8.width(text.scalar(at: index))
      count += 1
      if count % length == 0 || index == range.upperBound {
        stretches.append(start..<index)
        start = index
      }
    }
    return stretches
  }
}
