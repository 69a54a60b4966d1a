import Checkpoint
import Testing
import Tokenizer

@testable import GPT2

@Suite struct ContinuationTextTests {
  let tokenizer: Tokenizer

  init() throws {
    tokenizer = try Tokenizer(.demo)
  }

  /// The text of a continuation cut by stop strings, and its pieces.
  private func cut(_ text: String, stops: [String]) -> (text: String, pieces: [String], isStopped: Bool) {
    var continuation = ContinuationText(tokenizer, stops: stops)
    var pieces: [String] = []
    for token in tokenizer.encode(text) where !continuation.isStopped { pieces.append(continuation.append(token)) }
    pieces.append(continuation.finish())
    return (continuation.text, pieces, continuation.isStopped)
  }

  @Test(arguments: [
    ("O Romeo, Romeo! wherefore art thou", ["Romeo!"], "O Romeo, "),
    ("aaab", ["aab"], "a"),
    ("ROMEO:\nAy me", ["\n"], "ROMEO:"),
    ("one two three", ["three", "two"], "one "),
    ("one two three", ["twice", "threesome"], "one two three"),
    ("the end", ["end"], "the "),
    ("the en", ["end"], "the en"),
    ("robot 🤖 here", ["🤖"], "robot "),
    ("x", [""], "x"),
    ("", ["a"], ""),
  ])
  func textEndsBeforeTheFirstStop(text: String, stops: [String], expected: String) {
    let (found, pieces, isStopped) = cut(text, stops: stops)
    #expect(found == expected)
    #expect(pieces.joined() == expected)
    #expect(isStopped == (expected != text))
  }

  @Test func noPieceIsHalfACharacter() {
    let (text, pieces, _) = cut("🤖 AI 日本語 é", stops: [])
    #expect(text == "🤖 AI 日本語 é")
    #expect(!pieces.contains { $0.contains("\u{FFFD}") })
  }

  @Test func aModelWithoutTokenizerHasNoText() {
    var continuation = ContinuationText(nil, stops: [])
    #expect(continuation.append(1).isEmpty && continuation.finish().isEmpty && continuation.text.isEmpty)
  }
}
