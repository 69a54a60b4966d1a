internal import System
package import Checkpoint
internal import Tokenizer

extension ModelFiles {
  /// The files that the tokenizer is made of: whoever trains an adapter saves it beside that. Nil where there is none.
  func tokenizerFiles() throws -> ModelFiles? {
    try [adapter, self].compactMap(\.self).first { files in
      try TokenizerFiles.vocabularyNames.contains { try files.file(named: $0) != nil }
    }
  }

  /// What somebody should know who gives texts or reads them, as a sentence: whose tokenizer counts, where there are two.
  package func tokenizerNotice() throws -> String? {
    guard let source = try tokenizerFiles(), source.name != name, try source.hasOtherVocabulary(than: self) else {
      return nil
    }
    return "The tokenizer is that of \(source.name), whose files differ from those of \(name)."
  }

  /// A hash of the files of the vocabulary.
  func vocabularyFingerprint() throws -> String {
    var hash = FNV1a128()
    for name in TokenizerFiles.vocabularyNames {
      guard let file = try file(named: name) else { continue }
      hash.combine(name.utf8)
      file.withBytes { hash.combine($0) }
    }
    return hash.text
  }

  /// Whether a file of a vocabulary that both have is another, or both have none in common.
  private func hasOtherVocabulary(than other: ModelFiles) throws -> Bool {
    let pairs = try TokenizerFiles.vocabularyNames.map { (try file(named: $0), try other.file(named: $0)) }
    let both = pairs.compactMap { own, other in own.flatMap { own in other.map { (own, $0) } } }
    if both.isEmpty { return pairs.contains { $1 != nil } }
    return both.contains { own, other in own.withBytes { own in other.withBytes { !own.elementsEqual($0) } } }
  }
}
