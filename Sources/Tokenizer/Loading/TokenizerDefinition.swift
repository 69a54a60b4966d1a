internal import JSON

/// The contents of the files, gathered file by file; a ``Tokenizer`` is made of the whole.
struct TokenizerDefinition {
  var vocabulary = Vocabulary()
  var merges = MergeTable()
  var addedTokens: [TokenID: AddedToken] = [:]
  /// Added tokens that the trained vocabulary does not hold.
  var literalTokens: Set<TokenID> = []
  var normalizer: Normalizer?
  var preTokenizer: PreTokenizer?
  var decoder: [DecoderStep] = [.byteLevel]
  /// Whether decoded texts are cleaned up by transformers' rules.
  var cleansUp = false
  var modelKind = ModelKind.bytePair
  var bytePairOptions = BytePairEncoding.Options()
  /// Whether words are cut as GPT-2 does, whatever the files say.
  var isMadeAnew: Bool
  /// Whether a space precedes each stretch of text then.
  var addsPrefixSpace = false
  /// Stand before and after the tokens of every text.
  var template: (before: [TokenID], after: [TokenID]) = ([], [])
  /// Whether special tokens that a text spells out are ordinary text.
  var splitsSpecialTokens = false
  /// Stands for what the vocabulary lacks; nil where that is left out.
  var unknownToken: String?
  var endOfText: TokenID?
  /// The tokens that the files name by their purpose, the first file's first.
  var specialTokens: [SpecialTokenRole: String] = [:]
  var additionalSpecialTokens: [String] = []
  /// The texts of the model's own named special tokens that are not in the vocabulary, in the order of their ids.
  var modelTokens: [String] = []
  /// The names of all of them.
  var modelTokenNames: Set<[UInt8]> = []
  /// Whether a list of special tokens has been read.
  var listsSpecialTokens = false
  /// How they are matched, by their bytes, of those that no list of added tokens has.
  var namedTokens: [[UInt8]: AddedToken] = [:]
  /// What transformers makes the tokenizer with.
  var tokenizerClass: TokenizerClass { didSet { isMadeAnew = tokenizerClass.isMadeAnew } }

  init(_ tokenizerClass: TokenizerClass = .gpt2) {
    self.tokenizerClass = tokenizerClass
    isMadeAnew = tokenizerClass.isMadeAnew
  }

  /// The added tokens of `tokenizer.json`, in its order.
  var fileTokens: [DeclaredToken] = []
  /// The id of a token that is added now and has none.
  var nextAddedID: TokenID = 0
  private var addedByteCount = 0

  /// The joined spelling of a merge, kept for its storage.
  private var joined: [UInt8] = []
}

extension TokenizerDefinition {
  /// Enters a piece, unless an id or a spelling is used twice.
  ///
  /// `entry` says where in the file it stands, and is only evaluated for an error's sake.
  mutating func insert(
    _ piece: String, id: TokenID, file: String, entry: @autoclosure () -> String
  ) throws(TokenizerError) {
    do throws(Vocabulary.Clash) {
      try vocabulary.insert(piece.utf8, id: id)
    } catch {
      switch error {
      case .piece(let known):
        throw TokenizerError(file, entry(), "has the id \(id), but the same piece has the id \(known) already")
      case .id(let other):
        throw TokenizerError(file, entry(), "has the id \(id), which \(TokenizerError.quote(other)) has already")
      }
    }
  }

  /// Enters the next merge of the list.
  mutating func appendMerge(
    _ left: some Collection<UInt8>, _ right: some Collection<UInt8>, file: String, entry: @autoclosure () -> String
  ) throws(TokenizerError) {
    joined.removeAll(keepingCapacity: true)
    joined += left
    joined += right.dropFirst(bytePairOptions.continuationPrefix.count)
    guard let leftID = vocabulary.id(of: left), let rightID = vocabulary.id(of: right),
      let result = vocabulary.id(of: joined)
    else {
      let pieces = [Array(left), Array(right), joined]
      let unknown = pieces.first { vocabulary.id(of: $0) == nil } ?? joined
      let name = TokenizerError.quote(String(decoding: unknown, as: UTF8.self))
      throw TokenizerError(file, entry(), "needs the piece \(name), which the vocabulary lacks")
    }
    guard merges.append(leftID, rightID, result: result) else {
      throw TokenizerError(file, entry(), "is one merge too many; at most \(MergeTable.maximumCount) are supported")
    }
  }

  /// The bytes of all added tokens, which are searched for at every place of a text.
  private static let maximumAddedByteCount = 1 << 22

  /// Enters an added token under its id; of one that is known already, only its flags.
  mutating func insert(_ token: AddedToken, file: String, entry: String) throws(TokenizerError) {
    addedByteCount += token.content.utf8.count
    guard addedByteCount <= Self.maximumAddedByteCount else {
      throw TokenizerError(file, entry, "is too much: added tokens have more than \(Self.maximumAddedByteCount) bytes")
    }
    if vocabulary.id(of: token.content.utf8) == nil {
      try insert(token.content, id: token.id, file: file, entry: entry)
      literalTokens.insert(token.id)
      nextAddedID = token.id + 1
    }
    addedTokens[token.id] = token
  }

  /// An id from a file, within bounds.
  static func tokenID(
    _ json: JSON, file: String, entry: @autoclosure () -> String
  ) throws(TokenizerError) -> TokenID {
    guard let id = json.integer else {
      throw TokenizerError(file, entry(), "expected an id, a whole number, but found \(json.kind)")
    }
    guard (0..<Vocabulary.maximumSize).contains(id) else {
      throw TokenizerError(file, entry(), "the id \(id) is not in 0..<\(Vocabulary.maximumSize)")
    }
    return TokenID(id)
  }

  /// Reads a file that must hold a JSON object.
  static func object(_ bytes: [UInt8], file: String) throws(TokenizerError) -> JSON {
    let json: JSON
    do { json = try JSON(parsing: bytes) } catch { throw TokenizerError(file, nil, error.description) }
    guard json.members != nil else { throw TokenizerError(file, nil, "expected an object, but found \(json.kind)") }
    return json
  }
}
