import TestSupport
import Testing

@testable import Tokenizer

/// Patterns; most are compared with Oniguruma by `RelativesTests`.
@Suite struct PatternTests {
  @Test(arguments: [
    (#"a+"#, "baaab", ["b", "<aaa>", "b"]),
    (#"a|ab|abc"#, "abc", ["<a>", "bc"]),
    (#"(?:a|ab)(?:c|bcd)"#, "abcd", ["<abcd>"]),
    (#"a+?b?"#, "aab", ["<a>", "<ab>"]),
    (#"a++b"#, "aab ab", ["<aab>", " ", "<ab>"]),
    (#"a++ab"#, "aab", ["aab"]),
    (#"a{2}?"#, "aaa", ["<aa>", "a", "<>"]),
    (#"(?=b)"#, "aba", ["a", "<>", "ba"]),
    (#"(?<=a)b(?!c)"#, "abc ab", ["abc a", "<b>"]),
    (#"(?i:'S|k)"#, "'s'ſK", ["<'s>", "<'ſ>", "<K>"]),
    (#"\bx"#, "x xx", ["<x>", " ", "<x>", "x"]),
    (#"^a$"#, "a\nb\na", ["<a>", "\nb\n", "<a>"]),
    ("^", "a\n", ["<>", "a\n"]),
    (#"[\w]+|\w"#, "a½\u{200C}", ["<a>", "<½>", "\u{200C}"]),
    (#"[^\W\d_]+"#, "añ1_日", ["<añ>", "1_", "<日>"]),
    (#"[a-c&\]\-]"#, "d]-&b", ["d", "<]>", "<->", "<&>", "<b>"]),
    (#"\x41|\u0042|\x{1F916}"#, "AB🤖C", ["<A>", "<B>", "<🤖>", "C"]),
    (#"(?:ab?){2,3}"#, "aabaab", ["<aaba>", "ab"]),
    (#"x{,2}y"#, "xxxy", ["x", "<xxy>"]),
    (#"{a}"#, "{a}", ["<{a}>"]),
  ])
  func findsTheMatches(pattern: String, text: String, pieces: [String]) throws {
    #expect(try find(pattern, text) == pieces)
  }

  @Test(arguments: [
    ("(", "does not end"), (")", "does not open"), ("*", "repeats nothing"), ("[a", "does not end"), ("a{300}", "256"),
    (#"\1"#, #"\1"#), (#"\G"#, #"\G"#), (#"\p{Nonsense}"#, "Nonsense"), ("(?>a)", "(?>"),
    ("(?<name>a)", "not supported"),
    ("(?=a+)", "far ahead"), ("(?=(?:a{1,9}b{1,9})c?)", "far ahead"), ("(?<=ab)c", "behind"), ("(?:a*)*", "empty"),
    ("(?:ab)++", "possessive group"), ("[a&&b]", "intersects"), ("[[:alpha:]]", "POSIX"), ("[b-a]", "before"),
    (String(repeating: "(", count: 40), "32"), (String(repeating: "a", count: 5000), "4096"),
    (String(repeating: "(?:ab)?", count: 65), "64"), ("^+", "condition"), (#"\"#, "backslash"),
    (#"\x{110000}"#, "number"),
  ])
  func saysWhatIsNotSupported(pattern: String, word: String) {
    do throws(PatternError) {
      _ = try Pattern(pattern)
      Issue.record("\(pattern) is no error")
    } catch {
      #expect(error.problem.contains(word), "\(error.problem) should say \(word)")
    }
  }

  /// Two lengths whose sum no number holds.
  @Test func lengthsAreBounded() {
    let half = "a" + String(repeating: "{256}", count: 7) + "{64}"
    let error = #expect(throws: PatternError.self) { try Pattern("(?=\(half)\(half))b") }
    #expect(error?.problem.contains("far ahead") == true)
  }

  /// Each takes more than quadratic time without a memory of what failed: most would not end.
  @Test(arguments: ["(?:a+)+b", "(?:a|a|a)*b", "a*a*a*a*a*b", "(?:a+?)+?b", ".*.*.*=", "a++b", "(?:a{1,256}){1,10}b"])
  func hostilePatternsEnd(pattern: String) throws {
    let text = String(repeating: "a", count: 600)
    #expect(try find(pattern, text) == [text])
    #expect(try find(pattern.replacing("=", with: "c").replacing("b", with: "c"), text + "c") == ["<\(text)c>"])
  }

  /// Remembering what failed changes no match: long texts of many short ones give what these give alone.
  @Test func memoryChangesNothing() throws {
    var random = TestGenerator(state: 1)
    for pattern in ["(?:a|ab|b+)*c", "a*?b{1,2}a+c|b", "(?:a+b?)+(?:c|$)", "[ab]*c|[ab]+?b"] {
      var (text, expected) = ("", [String]())
      for _ in 0..<400 {
        let part = String((0..<random.below(60)).map { _ in random.below(2) == 0 ? "a" : "b" }) + "c\n"
        text += part
        expected += try find(pattern, part)
      }
      #expect(try find(pattern, text).joined() == expected.joined())
    }
  }

  /// Matches in angle brackets, and what lies between.
  private func find(_ pattern: String, _ text: String) throws -> [String] {
    let bytes = Array(text.utf8)
    var matcher = PatternMatcher(try Pattern(pattern), bytes, in: bytes.indices)
    return matcher.pieces().map { piece in
      let found = String(decoding: bytes[piece.range], as: UTF8.self)
      return piece.isMatch ? "<\(found)>" : found
    }
  }
}
