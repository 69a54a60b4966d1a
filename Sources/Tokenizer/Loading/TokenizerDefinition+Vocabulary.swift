internal import JSON

extension TokenizerDefinition {
  /// Reads `vocab.json`, or the vocabulary within `tokenizer.json`: an object from pieces to ids. Of a piece that is there
  /// twice the last id counts, as of any member of an object.
  mutating func readVocabulary(_ json: JSON, file: String) throws(TokenizerError) {
    guard let members = json.members else {
      throw TokenizerError(file, nil, "expected the vocabulary as an object, but found \(json.kind)")
    }
    vocabulary.reserveCapacity(members.count)
    for member in members {
      let id = try Self.tokenID(member.value, file: file, entry: Self.entry(member.key))
      let known = vocabulary.id(of: member.key.utf8)
      if known == id { continue }
      if known == nil {
        try insert(member.key, id: id, file: file, entry: Self.entry(member.key))
      } else {
        try insertAnew(member.key.utf8, id: id, keepsOld: false, file: file, entry: Self.entry(member.key))
      }
    }
  }

  /// Reads `merges.txt`: two pieces a line, without `#version` lines.
  mutating func readMerges(_ bytes: [UInt8], file: String) throws(TokenizerError) {
    merges.reserveCapacity(vocabulary.size)
    var start = 0
    var number = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      number += 1
      try readMerge(bytes[start..<end], number: number, file: file)
      start = end + 1
    }
  }

  private mutating func readMerge(_ line: ArraySlice<UInt8>, number: Int, file: String) throws(TokenizerError) {
    if line.starts(with: "#version".utf8) { return }  // of any line, as `tokenizers` does
    // No piece holds a carriage return, which the byte alphabet spells "č".
    let pair = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    guard let space = pair.firstIndex(of: UInt8(ascii: " ")),
      case let (left, right) = (pair[..<space], pair[(space + 1)...]),
      !left.isEmpty, !right.isEmpty, !right.contains(UInt8(ascii: " "))
    else {
      let text = TokenizerError.quote(String(decoding: line, as: UTF8.self))
      throw TokenizerError(file, "line \(number)", "expected two pieces with a space between, but found \(text)")
    }
    try appendMerge(left, right, file: file, entry: "line \(number)")
  }

  private static func entry(_ key: String) -> String { "entry \(TokenizerError.quote(key))" }
}
