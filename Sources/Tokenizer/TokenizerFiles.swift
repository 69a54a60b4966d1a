/// The contents of the files that a repository in the Hugging Face layout describes its tokenizer with.
///
/// Either `tokenizer.json`, or `vocab.json` with `merges.txt`, or `vocab.txt`, or `spiece.model` must be there; the
/// others add to them.
public struct TokenizerFiles: Sendable {
  /// `tokenizer.json`: everything in one file; preferred where it exists.
  public var tokenizer: [UInt8]?
  /// `vocab.json`: pieces, spelled in the byte alphabet, and their ids.
  public var vocabulary: [UInt8]?
  /// `merges.txt`: a pair of pieces a line, the first to be merged first.
  public var merges: [UInt8]?
  /// `vocab.txt`: BERT's pieces, one a line.
  public var wordPieces: [UInt8]?
  /// `spiece.model`: the pieces of SentencePiece, with their scores.
  public var sentencePieces: [UInt8]?
  /// `added_tokens.json`: tokens added after training, and their ids.
  public var addedTokens: [UInt8]?
  /// `special_tokens_map.json`: which tokens end a text, pad it, and so on.
  public var specialTokensMap: [UInt8]?
  /// `tokenizer_config.json`: `add_prefix_space`, `added_tokens_decoder`, `eos_token`, ….
  public var configuration: [UInt8]?
  /// `config.json`, the model's: it may name the tokenizer's class.
  public var modelConfiguration: [UInt8]?

  /// Gathers files that are in memory.
  public init(
    tokenizer: [UInt8]? = nil, vocabulary: [UInt8]? = nil, merges: [UInt8]? = nil, wordPieces: [UInt8]? = nil,
    sentencePieces: [UInt8]? = nil, addedTokens: [UInt8]? = nil, specialTokensMap: [UInt8]? = nil,
    configuration: [UInt8]? = nil,
    modelConfiguration: [UInt8]? = nil
  ) {
    self.tokenizer = tokenizer
    self.vocabulary = vocabulary
    self.merges = merges
    self.wordPieces = wordPieces
    self.sentencePieces = sentencePieces
    self.addedTokens = addedTokens
    self.specialTokensMap = specialTokensMap
    self.configuration = configuration
    self.modelConfiguration = modelConfiguration
  }

  /// Gathers files from wherever they are: a folder, or the binary itself.
  ///
  /// - Parameter contents: The bytes of the file of that name, or `nil` where there is none. Where there
  ///   is a `tokenizer.json`, it is not asked for those that it replaces.
  public init<Failure>(contents: (_ name: String) throws(Failure) -> [UInt8]?) throws(Failure) {
    tokenizer = try contents(Name.tokenizer)
    if tokenizer == nil {
      vocabulary = try contents(Name.vocabulary)
      merges = try contents(Name.merges)
      wordPieces = try contents(Name.wordPieces)
      sentencePieces = try contents(Name.sentencePieces)
    }
    addedTokens = try contents(Name.addedTokens)
    specialTokensMap = try contents(Name.specialTokensMap)
    configuration = try contents(Name.configuration)
    modelConfiguration = try contents(Name.modelConfiguration)
  }

  /// The names of the files that hold a vocabulary; without one of them there is no tokenizer.
  public static let vocabularyNames = [Name.tokenizer, Name.vocabulary, Name.wordPieces, Name.sentencePieces]

  /// The files' names, as in a repository.
  enum Name {
    static let tokenizer = "tokenizer.json"
    static let vocabulary = "vocab.json"
    static let merges = "merges.txt"
    static let wordPieces = "vocab.txt"
    static let sentencePieces = "spiece.model"
    static let addedTokens = "added_tokens.json"
    static let specialTokensMap = "special_tokens_map.json"
    static let configuration = "tokenizer_config.json"
    static let modelConfiguration = "config.json"
  }
}
