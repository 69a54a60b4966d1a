internal import System
public import Checkpoint
public import Tokenizer

/// A GPT-2 checkpoint and its tokenizer, before any device has seen them.
///
/// Knows everything about a prompt but its continuation, so that mistakes show before weights are loaded.
public struct PretrainedModel: Sendable {
  /// The weights where they lie in their files, and their configuration.
  public let checkpoint: Checkpoint
  /// The model's tokenizer; nil where its folder has none that can be used, and prompts must be token ids.
  public let tokenizer: Tokenizer?
  /// Why the tokenizer that the folder has cannot be used.
  private let tokenizerProblem: TokenizerError?
  /// What somebody should know who gives texts, as a sentence.
  private let tokenizerNotice: String?
  /// A hash of an adapter's tokenizer, where it has one: nothing else tells of it.
  let adapterVocabulary: String?

  /// Reads a model's files; no weight is touched.
  ///
  /// A tokenizer that cannot be used is no error before a text is to be tokenized: token ids need none.
  ///
  /// - Throws: `CheckpointError`.
  public init(_ files: ModelFiles) throws {
    checkpoint = try Checkpoint(files: files)
    let source = try files.tokenizerFiles()
    adapterVocabulary = source?.name == files.name ? nil : try source?.vocabularyFingerprint()
    tokenizerNotice = try files.tokenizerNotice()
    let rows = checkpoint.configuration.vocabularySize
    do {
      tokenizer = try source.map { _ in try Tokenizer(files, rowCount: rows) }
      tokenizerProblem = nil
    } catch let error as TokenizerError {
      tokenizer = nil
      tokenizerProblem = error
    }
  }

  /// A checkpoint without a tokenizer.
  package init(_ checkpoint: Checkpoint) {
    self.checkpoint = checkpoint
    tokenizer = nil
    tokenizerProblem = nil
    tokenizerNotice = nil
    adapterVocabulary = nil
  }

  /// The model's name or folder.
  public var name: String { checkpoint.name }
  /// What somebody who uses the model should know, as sentences: where its files contradict each other.
  package var notices: [String] { checkpoint.notices + [tokenizerNotice].compactMap(\.self) }
  /// The checkpoint's configuration.
  public var configuration: ModelConfiguration { checkpoint.configuration }
}

extension Tokenizer {
  /// The largest file read: those of the largest vocabularies have 33 MB. As JSON it takes some 20 times as much.
  private static let maximumFileByteCount = 1 << 26

  /// Makes the tokenizer of a model.
  ///
  /// - Parameters:
  ///   - files: The model's files; an adapter's own tokenizer counts.
  ///   - rowCount: The rows of the model's embedding, for special tokens that have no id yet.
  /// - Throws: `CheckpointError` for a file that cannot be read, `TokenizerError` for its contents.
  public init(_ files: ModelFiles, rowCount: Int = 0) throws {
    let files = try files.tokenizerFiles() ?? files
    try self.init(
      files: TokenizerFiles { name throws(CheckpointError) in
        guard let file = try files.file(named: name) else { return nil }
        guard file.count <= Self.maximumFileByteCount else {
          throw CheckpointError(file.name, "has \(file.count) bytes; at most \(Self.maximumFileByteCount) are read")
        }
        return file.withBytes { Array($0) }
      }, rowCount: rowCount)
  }
}

extension PretrainedModel {
  /// The settings that hold for this model.
  ///
  /// - Throws: ``SettingsError``.
  public func settings(
    _ overrides: GenerationOverrides = GenerationOverrides(), preset: SettingsPreset? = nil
  ) throws(SettingsError) -> GenerationSettings {
    var settings = try GenerationSettings(
      overrides, preset: preset, configuration: checkpoint.configurationJSON,
      generationConfiguration: checkpoint.generationConfigurationJSON)
    settings.notices = notices + settings.notices
    if tokenizer == nil { settings.leaveOutPrefixOfFiles(model: name) }
    return settings
  }

  /// The tokens of a text.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - special: Whether special tokens that the text spells out are those tokens.
  ///   - addsSpecialTokens: Whether the tokens come that the tokenizer puts around every text.
  /// - Throws: ``SettingsError`` for a model without a tokenizer that can be used.
  public func encode(
    _ text: String, special: SpecialTokens = .recognized, addsSpecialTokens: Bool = true
  ) throws(SettingsError) -> [TokenID] {
    guard let tokenizer else { throw .noTokenizer(model: name, problem: tokenizerFault) }
    return tokenizer.encode(text, special: special, addsSpecialTokens: addsSpecialTokens)
  }

  /// Why no text can be tokenized, behind the model's name.
  var tokenizerFault: String {
    tokenizerProblem.map { "'s tokenizer cannot be used (\($0))" }
      ?? " has no tokenizer.json, vocab.json, vocab.txt or spiece.model"
  }

  /// Makes sure that texts can be tokenized, or that it is known why not.
  ///
  /// - Throws: `TokenizerError`, where the folder has a tokenizer that cannot be used.
  public func requireTokenizer() throws { if let tokenizerProblem { throw tokenizerProblem } }
}
