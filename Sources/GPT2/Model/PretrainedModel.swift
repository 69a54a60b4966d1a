internal import Engine
public import Checkpoint
public import Tokenizer

/// A GPT-2 checkpoint and its tokenizer, before any device has seen them.
///
/// Knows everything about a prompt but its continuation, so that mistakes show before weights are loaded.
public struct PretrainedModel: Sendable {
  /// The weights where they lie in their files, and what they say of themselves.
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
  /// What the checkpoint says of itself.
  public var configuration: ModelConfiguration { checkpoint.configuration }
}

extension Tokenizer {
  /// Makes the tokenizer of a model.
  ///
  /// - Throws: `CheckpointError` for a file that cannot be read, `TokenizerError` for what is in it.
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

  /// Checks and tokenizes a prompt.
  ///
  /// - Parameter wantsLogProbabilities: Whether the tokens' log-probabilities are wanted.
  /// - Throws: ``SettingsError``, for a prompt that is too long or not of this model's tokens.
  public func request(
    for prompt: Prompt, _ settings: GenerationSettings, wantsLogProbabilities: Bool = false,
    overflow: PromptOverflow = .error
  ) throws(SettingsError) -> TextRequest {
    let prefix = settings.prefix.isEmpty ? [] : try encode(settings.prefix)
    var tokens: [TokenID]
    let text: String
    switch prompt {
    case .text(let prompt):
      tokens = try encode(settings.prefix + prompt)
      text = prompt
    case .tokens(let ids):
      tokens = prefix + ids
      text = tokenizer?.decode(ids, skippingSpecial: true) ?? ""
    }
    if let id = tokens.first(where: { $0 < 0 || $0 >= configuration.vocabularySize }) {
      throw SettingsError(
        "The prompt has the token id \(id), but the model knows 0 to \(configuration.vocabularySize - 1).")
    }
    if !settings.stop.isEmpty { _ = try encode("") }
    if tokens.isEmpty {  // transformers starts an empty prompt from the beginning-of-text token
      guard let start = configuration.bosTokenID, start < configuration.vocabularySize else {
        throw SettingsError("The prompt is empty, and the model has no beginning-of-text token to start from.")
      }
      tokens = [TokenID(start)]
    }
    if overflow == .leftTruncate {
      let room = settings.room(contextLength: configuration.contextLength)
      if tokens.count > room { tokens.removeFirst(tokens.count - room) }
    }
    let prefixCount = min(prefix.count, tokens.count)
    let request = GenerationRequest(
      prompt: tokens, samples: settings.samples, sampling: settings.sampling,
      newTokens: try settings.newTokens(
        promptTokens: tokens.count - prefixCount, prefixTokens: prefixCount, contextLength: configuration.contextLength),
      endOfText: settings.endOfText, ignoresEndOfText: settings.ignoresEndOfText, seed: settings.seed,
      wantsLogProbabilities: wantsLogProbabilities)
    return TextRequest(tokens: request, shown: settings.returnsFullText ? text : "", stops: settings.stop)
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

extension GenerationSettings {
  /// The longest prompt that leaves room for what is to be written, at least one token.
  fileprivate func room(contextLength: Int) -> Int {
    let wanted =
      switch maximumLength {
      case .new(let count): count
      case .total: 1
      }
    return max(1, contextLength - max(1, min(wanted, contextLength - 1)))
  }
}
