public import Checkpoint
public import Tokenizer

/// A GPT-2 checkpoint and its tokenizer, before any device has seen them.
///
/// Knows everything about a prompt but its continuation, so that mistakes show before weights are loaded.
public struct PretrainedModel: Sendable {
  /// The weights where they lie in their files, and their configuration.
  public let checkpoint: Checkpoint
  /// The model's tokenizer; nil where its folder has none, and prompts must be token ids.
  public let tokenizer: Tokenizer?

  /// Reads a model's files; no weight is touched.
  ///
  /// - Throws: `CheckpointError` or `TokenizerError`.
  public init(_ files: ModelFiles) throws {
    checkpoint = try Checkpoint(files: files)
    let hasTokenizer = try files.file(named: "tokenizer.json") != nil || files.file(named: "vocab.json") != nil
    tokenizer = hasTokenizer ? try Tokenizer(files) : nil
  }

  /// A checkpoint without a tokenizer.
  package init(_ checkpoint: Checkpoint) {
    self.checkpoint = checkpoint
    tokenizer = nil
  }

  /// The model's name or folder.
  public var name: String { checkpoint.name }
  /// The checkpoint's configuration.
  public var configuration: ModelConfiguration { checkpoint.configuration }
}

extension Tokenizer {
  /// Makes the tokenizer of a model.
  ///
  /// - Throws: `CheckpointError` for a file that cannot be read, `TokenizerError` for its contents.
  public init(_ files: ModelFiles) throws {
    try self.init(
      files: TokenizerFiles { name throws(CheckpointError) in
        try files.file(named: name)?.withBytes { Array($0) }
      })
  }
}

extension PretrainedModel {
  /// The settings that hold for this model.
  ///
  /// - Throws: ``SettingsError``.
  public func settings(
    _ overrides: GenerationOverrides = GenerationOverrides(), preset: SettingsPreset? = nil
  ) throws(SettingsError) -> GenerationSettings {
    try GenerationSettings(
      overrides, preset: preset, configuration: checkpoint.configurationJSON,
      generationConfiguration: checkpoint.generationConfigurationJSON)
  }

  /// The tokens of a text.
  ///
  /// - Throws: ``SettingsError`` for a model without a tokenizer.
  public func encode(_ text: String) throws(SettingsError) -> [TokenID] {
    guard let tokenizer else {
      throw SettingsError(
        "\(name) has no tokenizer.json and no vocab.json, so text has no meaning to it: give token ids by "
          + "--prompt-tokens, without --prefix, --stop and --bad-word.")
    }
    return tokenizer.encode(text)
  }
}
