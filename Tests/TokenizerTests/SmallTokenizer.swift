@testable import Tokenizer

/// A byte-level vocabulary small enough to read: the 256 bytes in their order, then the results of a few merges.
enum SmallTokenizer {
  static let merges = ["h e", "l l", "he ll", "hell o", "Ġ w", "o r", "Ġw or", "l d", "Ġwor ld", "a a", "aa aa"]

  /// `"piece": id` of every piece, in the order of ids.
  static let pieces: [String] =
    ByteAlphabet.scalars.map { String($0) } + merges.map { $0.filter { $0 != " " } } + ["<|endoftext|>"]

  static let endOfText = TokenID(pieces.count - 1)

  static func files() -> TokenizerFiles {
    TokenizerFiles(
      vocabulary: Array(vocabulary().utf8),
      merges: Array(("#version: 0.2\n" + merges.joined(separator: "\n") + "\n").utf8))
  }

  /// `vocab.json`, with more members at its end.
  static func vocabulary(_ more: String = "") -> String {
    "{" + zip(pieces, 0...).map { "\(literal($0)): \($1)" }.joined(separator: ", ") + more + "}"
  }

  /// `tokenizer.json`; every part can be replaced.
  static func json(
    normalizer: String = "null", preTokenizer: String = #"{"type": "ByteLevel", "add_prefix_space": false}"#,
    postProcessor: String = #"{"type": "ByteLevel"}"#, decoder: String = #"{"type": "ByteLevel"}"#,
    model: String = #""type": "BPE""#, merges: String? = nil, addedTokens: String = ""
  ) -> TokenizerFiles {
    let merges = merges ?? SmallTokenizer.merges.map(literal).joined(separator: ", ")
    let text = """
      {"version": "1.0", "added_tokens": [\(addedTokens)], "normalizer": \(normalizer),
       "pre_tokenizer": \(preTokenizer), "post_processor": \(postProcessor), "decoder": \(decoder),
       "model": {\(model), "vocab": \(vocabulary()), "merges": [\(merges)]}}
      """
    return TokenizerFiles(tokenizer: Array(text.utf8))
  }

  private static func literal(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
