internal import JSON

extension TokenizerDefinition {
  /// What kind of model a file describes, and what it says beside the vocabulary.
  enum ModelKind {
    case bytePair
    case wordPiece(prefix: [UInt8], longestWord: Int)
    /// By id, the scores.
    case unigram([Double], unknown: TokenID, fallsBackToBytes: Bool)
    case wordLevel
  }

  /// Reads the model of `tokenizer.json`.
  mutating func readModel(_ json: JSON?, file: String) throws(TokenizerError) {
    guard let json, !json.isNull else { throw TokenizerError(file, "model", "is missing") }
    let component = Component(json, file: file, entry: "model")
    let kind = try Self.modelType(component)
    // Made anew, it is byte-pair encoding whatever else the vocabulary comes with; where no class asks for that, it is
    // taken as it stands.
    if tokenizerClass.isMadeAnew, kind != "BPE" { tokenizerClass = .tokenizerJSON }
    if case .t5 = tokenizerClass, kind != "Unigram" { tokenizerClass = .tokenizerJSON }
    if case .rules(let rules) = tokenizerClass, kind != "BPE" {
      let name = TokenizerError.quote(rules.kind.rawValue)
      throw component.error("type", "is \(TokenizerError.quote(kind)), of which \(name) makes no tokenizer")
    }
    guard let vocabulary = json["vocab"] else { throw component.error("vocab", "is missing") }
    if kind == "Unigram" {
      try readUnigram(component)
      return
    }
    try readVocabulary(vocabulary, file: file)
    switch kind {
    case "WordPiece":
      unknownToken = try component.text("unk_token", default: "[UNK]")
      modelKind = .wordPiece(
        prefix: try component.shortText("continuing_subword_prefix", default: "##"),
        longestWord: json["max_input_chars_per_word"] == nil
          ? 100 : try component.integer("max_input_chars_per_word", in: 0...1 << 32))
    case "WordLevel":
      unknownToken = try component.text("unk_token", default: "<unk>")
      modelKind = .wordLevel
    default: try readBytePairs(component)
    }
  }

  private static func modelType(_ component: Component) throws(TokenizerError) -> String {
    for name in ["BPE", "WordPiece", "Unigram", "WordLevel"] where component.type == Array(name.utf8) { return name }
    guard component.json["type"] == nil else { throw component.unsupported }
    // Files from before 2020 do not name the type.
    if component.json["merges"] != nil { return "BPE" }
    if component.json["vocab"]?.array != nil { return "Unigram" }
    return component.json["max_input_chars_per_word"] == nil ? "BPE" : "WordPiece"
  }

  private mutating func readBytePairs(_ component: Component) throws(TokenizerError) {
    switch tokenizerClass {
    case .tokenizerJSON: try readOptions(component)
    case .rules(let rules):
      try readOptions(Component(rules.json["model"] ?? .null, file: component.file, entry: component.entry))
    case .gpt2, .roberta, .bert, .t5, .unsupported: break
    }
    guard let merges = component.json["merges"]?.array else {
      throw component.error("merges", "expected an array of merges")
    }
    try readMerges(merges, file: component.file)
  }

  private mutating func readOptions(_ component: Component) throws(TokenizerError) {
    unknownToken = component.json["unk_token"]?.string
    bytePairOptions.fusesUnknown = try component.boolean("fuse_unk", default: false)
    bytePairOptions.ignoresMerges = try component.boolean("ignore_merges", default: false)
    bytePairOptions.continuationPrefix = try component.shortText("continuing_subword_prefix", default: "")
    bytePairOptions.endSuffix = try component.shortText("end_of_word_suffix", default: "")
    if try component.boolean("byte_fallback", default: false) { bytePairOptions.fallbackTokens = fallbackTokens }
  }

  /// The tokens "<0x00>" to "<0xFF>", as far as they are there.
  var fallbackTokens: [TokenID] {
    (0..<256).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return vocabulary.id(of: "<0x\(byte < 16 ? "0" : "")\(digits)>".utf8) ?? Vocabulary.noToken
    }
  }

  /// Reads merges as `"a b"` or, since tokenizers 0.20, as `["a", "b"]`.
  private mutating func readMerges(_ array: [JSON], file: String) throws(TokenizerError) {
    merges.reserveCapacity(array.count)
    for (index, merge) in array.enumerated() {
      let pieces: [Substring.UTF8View] =
        if let text = merge.string {
          text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        } else { (merge.array ?? []).compactMap { $0.string.map { $0[...].utf8 } } }
      guard pieces.count == 2 else {
        throw TokenizerError(file, "model.merges[\(index)]", "expected two pieces, \"a b\" or [\"a\", \"b\"]")
      }
      try appendMerge(pieces[0], pieces[1], file: file, entry: "model.merges[\(index)]")
    }
  }

  /// Reads the vocabulary of a unigram model, whose pieces come in the order of ids, each with a score.
  private mutating func readUnigram(_ component: Component) throws(TokenizerError) {
    guard let pieces = component.json["vocab"]?.array else {
      throw component.error("vocab", "expected an array of pieces and scores")
    }
    guard pieces.count < Vocabulary.maximumSize else {
      throw component.error("vocab", "has \(pieces.count) pieces; fewer than \(Vocabulary.maximumSize) are supported")
    }
    var scores: [Double] = []
    for (index, pair) in pieces.enumerated() {
      guard let pair = pair.array, pair.count == 2, let piece = pair[0].string, let score = pair[1].number,
        score.isFinite
      else { throw component.error("vocab[\(index)]", "expected a piece and its score, a number") }
      try insertAnew(
        piece.utf8, id: TokenID(index), keepsOld: true, file: component.file, entry: "model.vocab[\(index)]")
      scores.append(Self.asReadInRust(score))
    }
    guard let unknown = component.json["unk_id"]?.integer, pieces.indices.contains(unknown) else {
      throw component.error("unk_id", "expected the id of the piece for unknown characters")
    }
    modelKind = .unigram(
      scores, unknown: TokenID(unknown), fallsBackToBytes: try component.boolean("byte_fallback", default: false))
  }

  /// A score as `tokenizers` reads it: its digits, divided by a power of ten, may end beside the nearest number, and
  /// which of two ways with equal scores wins hangs on that.
  private static func asReadInRust(_ score: Double) -> Double {
    var (digits, exponent, isFraction): (UInt64, Int, Bool) = (0, 0, false)
    let parts = score.magnitude.description.split(separator: "e")
    for byte in parts[0].utf8 {
      if byte == UInt8(ascii: ".") {
        isFraction = true
      } else {
        digits = digits &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
        if isFraction { exponent -= 1 }
      }
    }
    if parts.count > 1 { exponent += Int(parts[1]) ?? 0 }
    guard abs(exponent) < powersOfTen.count else { return score }
    let power = powersOfTen[abs(exponent)]
    let value = exponent < 0 ? Double(digits) / power : Double(digits) * power
    return score < 0 ? -value : value
  }

  private static let powersOfTen: [Double] = (0...300).map { Double("1e\($0)") ?? .nan }

  /// Enters a piece that may be there already, as `tokenizers` and BERT allow.
  mutating func insertAnew(
    _ piece: some Collection<UInt8>, id: TokenID, keepsOld: Bool, file: String, entry: @autoclosure () -> String
  ) throws(TokenizerError) {
    do throws(Vocabulary.Clash) {
      try vocabulary.insertAnew(piece, id: id, keepsOld: keepsOld)
    } catch {
      throw TokenizerError(file, entry(), "has the id \(id), which another piece has already")
    }
  }
}
