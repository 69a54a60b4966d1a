/// Cuts a text into the words that merges do not cross, by GPT-2's pattern (openai/gpt-2, `src/encoder.py`):
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// Contractions are lower-case only. The words cover the whole text, each a range of its bytes.
struct PreTokens: Sequence, IteratorProtocol {
  /// Well-formed UTF-8.
  private let text: [UInt8]
  private let end: Int
  private var position: Int

  init(_ text: [UInt8], in range: Range<Int>) {
    self.text = text
    position = range.lowerBound
    end = range.upperBound
  }

  mutating func next() -> Range<Int>? {
    guard position < end else { return nil }
    let start = position
    position = wordEnd(from: start)
    return start..<position
  }

  private func wordEnd(from start: Int) -> Int {
    if let end = contractionEnd(from: start) { return end }
    // " ?" takes a space only where a run of another class follows.
    let runStart = text[start] == UInt8(ascii: " ") ? start + 1 : start
    if let (runClass, _) = character(at: runStart), runClass != .space {
      return runEnd(of: runClass, from: runStart).end
    }
    // `\s+(?!\S)`: a run of spaces leaves its last to the word that follows; `\s+` takes a lone one.
    let run = runEnd(of: .space, from: start)
    return run.end == end || run.lastStart == start ? run.end : run.lastStart
  }

  /// The end of the run of one class, and where its last character starts.
  private func runEnd(of runClass: ScalarClass, from start: Int) -> (end: Int, lastStart: Int) {
    var index = start
    var lastStart = start
    while let (next, width) = character(at: index), next == runClass {
      lastStart = index
      index += width
    }
    return (index, lastStart)
  }

  private func character(at index: Int) -> (class: ScalarClass, width: Int)? {
    guard index < end else { return nil }
    let scalar = text.scalar(at: index)
    return (ScalarClass(scalar), UTF8.width(scalar))
  }

  private func contractionEnd(from start: Int) -> Int? {
    guard text[start] == UInt8(ascii: "'"), start + 1 < end else { return nil }
    switch text[start + 1] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
    case UInt8(ascii: "l"): return follows(UInt8(ascii: "l"))
    case UInt8(ascii: "r"), UInt8(ascii: "v"): return follows(UInt8(ascii: "e"))
    default: return nil
    }

    func follows(_ byte: UInt8) -> Int? {
      start + 2 < end && text[start + 2] == byte ? start + 3 : nil
    }
  }
}
