internal import JSON
package import Tokenizer

/// A byte-level vocabulary: the 256 bytes by their values, the results of a few merges, and the end of text.
package enum ByteTokenizer {
  package static let merges = ["a b", "ab c", "e n", "en d"]
  package static let pieces: [String] =
    ByteAlphabet.scalars.map { String($0) } + merges.map { $0.filter { $0 != " " } } + ["<|endoftext|>"]
  package static let endOfText = TokenID(pieces.count - 1)

  package static let vocabularyFile = JSON.object(zip(pieces, 0...).map { JSON.Member($0, .integer($1)) }).text
  package static let mergesFile = "#version: 0.2\n" + merges.joined(separator: "\n") + "\n"

  package static let tokenizer = Result { () throws(TokenizerError) in
    try Tokenizer(files: TokenizerFiles(vocabulary: Array(vocabularyFile.utf8), merges: Array(mergesFile.utf8)))
  }
}
