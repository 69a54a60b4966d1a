internal import Checkpoint
internal import Engine
package import Sampling
public import Tokenizer

extension LoadedModel {
  /// Tokens between the starts of two windows by default: half the context.
  public var defaultStride: Int { max(1, pretrained.configuration.contextLength / 2) }

  /// Scores a text by its tokens.
  ///
  /// - Throws: ``SettingsError`` where the model has no tokenizer, or as ``score(tokens:stride:top:)`` does.
  public func score(_ text: String, stride: Int? = nil, top: Int = 0) throws -> TextScore {
    try score(tokens: pretrained.encode(text), stride: stride, top: top)
  }

  /// Scores tokens, each once.
  ///
  /// More tokens than the context are scored in windows of it, of which each starts `stride` tokens after the one
  /// before and scores the tokens that that did not (``defaultStride`` where nil).
  ///
  /// - Parameters:
  ///   - tokens: The tokens.
  ///   - stride: Tokens between the starts of two windows.
  ///   - top: How many of the likeliest tokens are wanted beside each, from 0 to 20.
  /// - Throws: ``SettingsError`` for no tokens, tokens that the model does not have, an impossible stride, or `top` out of
  ///   range; `SamplingError` where the model's logits are not finite; `OpenCLError` where the device fails.
  public func score(tokens: [TokenID], stride: Int? = nil, top: Int = 0) throws -> TextScore {
    try score(tokens: tokens, stride: stride, top: top, onScores: { _ in })
  }

  /// Scores tokens, each once.
  ///
  /// - Parameter onScores: Called with the scores of the next tokens as they come, from the second on.
  package func score(
    tokens: [TokenID], stride: Int?, top: Int, onScores: ([ScoredToken]) throws -> Void
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
    var settings = GenerationSettings(preset: .hf5)
    settings.topLogProbabilities = top
    if let problem = Setting.topLogProbabilities.row.problem(in: settings) {
      throw SettingsError.outOfRange(
        .topLogProbabilities, source: .asked(.topLogProbabilities), problem: problem)
    }
    let scored = try engine.scores(of: tokens, stride: stride, top: top, onScores: onScores)
    return TextScore(tokens: tokens, scored: scored)
  }
}
