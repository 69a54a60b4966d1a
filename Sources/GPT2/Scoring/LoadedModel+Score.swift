internal import Checkpoint
internal import Engine
public import Tokenizer

extension LoadedModel {
  /// Tokens between the starts of two windows by default: half the context.
  public var defaultStride: Int { max(1, pretrained.configuration.contextLength / 2) }

  /// Scores a text by its tokens.
  ///
  /// - Throws: ``SettingsError`` where the model has no tokenizer, or as ``score(tokens:stride:)`` does.
  public func score(_ text: String, stride: Int? = nil) throws -> TextScore {
    try score(tokens: pretrained.encode(text), stride: stride)
  }

  /// Scores tokens, each once.
  ///
  /// More tokens than the context are scored in windows of it, of which each starts `stride` tokens after the one
  /// before and scores the tokens that that did not (``defaultStride`` where nil).
  ///
  /// - Throws: ``SettingsError`` for no tokens, tokens that the model does not have, or an impossible stride;
  ///   `SamplingError` where the model's logits are not finite; `OpenCLError` where the device fails.
  public func score(tokens: [TokenID], stride: Int? = nil) throws -> TextScore {
    try score(tokens: tokens, stride: stride, onScores: { _ in })
  }

  /// Scores tokens, each once.
  ///
  /// - Parameter onScores: Called with the log-probabilities of the next tokens as they come, from the second on.
  package func score(
    tokens: [TokenID], stride: Int?, onScores: ([Double]) throws -> Void
  ) throws -> TextScore {
    let configuration = pretrained.configuration
    if tokens.isEmpty { throw SettingsError.emptyText }
    if let id = tokens.first(where: { $0 < 0 || $0 >= configuration.vocabularySize }) {
      throw SettingsError.unknownToken(id, vocabularySize: configuration.vocabularySize)
    }
    let stride = stride ?? defaultStride
    let context = configuration.contextLength
    guard stride > 0, stride < context || tokens.count <= context else {
      throw SettingsError.strideOutOfRange(stride, contextLength: context)
    }
    let scored = try engine.logProbabilities(of: tokens, stride: stride, onScores: onScores)
    return TextScore(tokens: tokens, scored: scored)
  }
}
