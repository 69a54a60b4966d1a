internal import JSON

extension TokenizerDefinition {
  /// Reads `vocab.json`, or the vocabulary within `tokenizer.json`: an object from pieces to ids.
  mutating func readVocabulary(_ json: JSON, file: String) throws(TokenizerError) {
    guard let members = json.members else {
      throw TokenizerError(file, nil, "expected the vocabulary as an object, but found \(json.kind)")
    }
    vocabulary.reserveCapacity(members.count)
    for member in members {
      let id = try Self.tokenID(member.value, file: file, entry: Self.entry(member.key))
      try insert(member.key, id: id, file: file, entry: Self.entry(member.key))
    }
  }

  /// Reads `merges.txt`: two pieces a line, below an optional `#version` line.
  mutating func readMerges(_ bytes: [UInt8], file: String) throws(TokenizerError) {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    merges.reserveCapacity(lines.count)
    for (number, line) in zip(1..., lines) {
      if number == 1 && line.starts(with: "#version".utf8) { continue }
      // No piece holds a carriage return, which the byte alphabet spells "č".
      let pieces = (line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
        .split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard pieces.count == 2 else {
        let text = TokenizerError.quote(String(decoding: line, as: UTF8.self))
        throw TokenizerError(file, "line \(number)", "expected two pieces with a space between, but found \(text)")
      }
      try appendMerge(pieces[0], pieces[1], file: file, entry: "line \(number)")
    }
  }

  /// Reads `added_tokens.json`: an object from tokens to ids.
  mutating func readAddedTokens(_ bytes: [UInt8], file: String) throws(TokenizerError) {
    for member in try Self.object(bytes, file: file).members ?? [] {
      let id = try Self.tokenID(member.value, file: file, entry: Self.entry(member.key))
      let token = AddedToken(content: member.key, id: id, isNormalized: true)
      try insert(token, file: file, entry: Self.entry(member.key))
    }
  }

  private static func entry(_ key: String) -> String { "entry \(TokenizerError.quote(key))" }
}
