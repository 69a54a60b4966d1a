import TestSupport
import Testing
import Tokenizer

@testable import Engine
@testable import GPT2

@Suite struct ContinuationTests {
  private func token(_ id: TokenID, finish: FinishReason? = nil, logProbability: Double? = nil) -> GeneratedToken {
    GeneratedToken(request: 0, sample: 0, token: id, logProbability: logProbability, finish: finish)
  }

  /// Appends tokens until a stop string comes up; the pieces together must be the text.
  private func read(
    _ tokens: [TokenID], stops: [String] = []
  ) throws -> (text: String, isStopped: Bool, pieces: [String]) {
    var continuation = Continuation(stops: stops, tokenizer: try ByteTokenizer.tokenizer.get())
    var pieces: [String] = []
    for (index, id) in tokens.enumerated() {
      let before = continuation.text
      let piece = continuation.append(token(id, finish: index == tokens.count - 1 ? .length : nil))
      pieces.append(piece)
      #expect(before + piece == continuation.text)
      if continuation.finishReason == .stop { break }
    }
    #expect(pieces.joined() == continuation.text && (tokens.isEmpty || continuation.finishReason != nil))
    return (continuation.text, continuation.finishReason == .stop, pieces)
  }

  /// Every byte a token.
  private func bytes(_ text: String) -> [TokenID] { text.utf8.map { TokenID($0) } }

  private func tokens(_ text: String) throws -> [TokenID] { try ByteTokenizer.tokenizer.get().encode(text) }

  @Test func withoutStopsTheTextIsTheTokens() throws {
    let text = "abc end, ça va? 🙂👩‍👩‍👧"
    for tokens in [bytes(text), try tokens(text)] {
      let found = try read(tokens)
      #expect(found.text == text && !found.isStopped)
    }
  }

  @Test func charactersComeWhole() throws {
    let found = try read(bytes("é🙂"))
    #expect(found.pieces == ["", "é", "", "", "", "🙂"])
    // The end comes within a character: its bytes stand as U+FFFD.
    #expect(try read(bytes("a🙂").dropLast()).pieces == ["a", "", "", "\u{FFFD}"])
  }

  @Test func specialTokensAreNotShown() throws {
    #expect(try read([97, ByteTokenizer.endOfText, 98]).text == "ab")
  }

  /// A text, stop strings, and the text before the first of them; nil where there is none.
  private static let stopped: [(text: String, stops: [String], before: String?)] = [
    ("one two three", ["two"], "one "),
    ("one two three", ["three"], "one two "),  // at the very end
    ("one two three", ["o"], ""),  // at the very start
    ("one two three", ["four", "thr", "two t"], "one "),  // the earliest of several
    ("aab", ["ab"], "a"),  // the start of a stop within a stop
    ("aaab", ["aab"], "a"),
    ("ababac", ["abac"], "ab"),
    ("a\n\nb", ["\n\n"], "a"),
    ("x🙂y", ["🙂"], "x"),  // of four tokens
    ("x🙂y", ["🙂y"], "x"),
    ("no such thing", ["\n", "!"], nil),
    ("almost sto", ["stop"], nil),  // held back, then shown
    ("text", [""], nil),  // ends nothing
    ("abcend", ["ce"], "ab"),  // across the tokens "abc" and "end"
    ("abcend", ["bcen"], "a"),
    ("abcx", ["abcd", "bc"], "a"),  // within a longer one that does not come
    ("abcd", ["abcd", "bc"], "a"),  // complete before the longer one is
    ("xabc", ["bc", "abc"], "x"),  // complete at once: the one that starts first
  ]

  @Test(arguments: stopped.indices)
  func stopStrings(_ index: Int) throws {
    let (text, stops, before) = Self.stopped[index]
    for tokens in [bytes(text), try tokens(text)] {
      let found = try read(tokens, stops: stops)
      #expect(found.text == before ?? text)
      #expect(found.isStopped == (before != nil))
    }
  }

  @Test func whatMayBecomeAStopIsHeldBack() throws {
    #expect(try read(bytes("ab abcx"), stops: ["abcd"]).pieces == ["", "", "ab ", "", "", "", "abcx"])
    #expect(try read(bytes("xab"), stops: ["abcd"]).pieces == ["x", "", "ab"])
  }

  @Test func nothingComesAfterTheEnd() throws {
    var continuation = Continuation(shown: "so ", stops: ["b"], tokenizer: try ByteTokenizer.tokenizer.get())
    #expect(continuation.append(token(97, logProbability: -1)) == "a" && continuation.finishReason == nil)
    #expect(continuation.append(token(98, finish: .length)).isEmpty && continuation.finishReason == .stop)
    #expect(continuation.append(token(99)).isEmpty)
    #expect(continuation.text == "so a" && continuation.tokens == [97, 98] && continuation.logProbabilities == [-1])
  }

  /// Random texts of few letters and random stops, cut into tokens at random: as if the whole text were searched.
  @Test(arguments: 0..<200)
  func asIfTheWholeTextWereSearched(_ seed: Int) throws {
    var generator = TestGenerator(state: UInt64(seed))
    func random(_ length: ClosedRange<Int>) -> String {
      String(
        (0..<Int.random(in: length, using: &generator)).compactMap { _ in "ab🙂é".randomElement(using: &generator) })
    }
    let (text, stops) = (random(0...20), (0..<3).map { _ in random(1...4) })
    // Byte by byte, the stop that ends first comes up first; of those, the one that starts first.
    let (all, needles) = (Array(text.utf8), stops.map { Array($0.utf8) })
    let hit = all.indices.lazy.compactMap { end in
      needles.filter { all[...end].reversed().starts(with: $0.reversed()) }.map { end + 1 - $0.count }.min()
    }.first
    let found = try read(bytes(text), stops: stops)
    #expect(Array(found.text.utf8) == Array(all[..<(hit ?? all.count)]))
    #expect(found.isStopped == (hit != nil))
  }

  @Test func aModelWithoutATokenizerHasNoText() {
    var continuation = Continuation(stops: [], tokenizer: nil)
    #expect(continuation.append(token(97, finish: .eos)).isEmpty && continuation.text.isEmpty)
    #expect(continuation.tokens == [97] && continuation.finishReason == .eos)
  }

  /// The text and its end where a stop token or a stop string comes up.
  private func end(
    _ tokens: [TokenID], stops: [String] = [], stopTokens: [TokenID] = [], includesStop: Bool
  ) throws -> (text: String, finish: FinishReason?) {
    var continuation = Continuation(
      stops: stops, stopTokens: stopTokens, includesStop: includesStop, tokenizer: try ByteTokenizer.tokenizer.get())
    for (index, id) in tokens.enumerated() where continuation.finishReason == nil {
      _ = continuation.append(token(id, finish: index == tokens.count - 1 ? .eos : nil))
    }
    return (continuation.text, continuation.finishReason)
  }

  @Test func aStopIsPartOfTheTextWhereThatIsAskedFor() throws {
    #expect(try end(bytes("one two three"), stops: ["two t", "two"], includesStop: true) == ("one two", .stop))
    #expect(try end(bytes("one two three"), stops: ["ree"], includesStop: true) == ("one two three", .stop))
    #expect(try end(bytes("ab"), stopTokens: [98], includesStop: true) == ("ab", .stop))
    #expect(try end(bytes("ab"), stopTokens: [98], includesStop: false) == ("a", .stop))
    // Held bytes come before a stop token; another end is the model's.
    #expect(try end(bytes("atb"), stops: ["two"], stopTokens: [98], includesStop: false) == ("at", .stop))
    #expect(try end(bytes("ab"), stopTokens: [97], includesStop: false) == ("ab", .eos))
  }
}
