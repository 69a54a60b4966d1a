public import Backend
internal import Engine
public import OpenCLBackend
internal import Checkpoint
public import Tokenizer

/// A GPT-2 checkpoint on a device, ready to say how likely texts are.
///
/// Not Sendable: one owner uses it.
///
/// ```swift
/// let scorer = try Scorer(PretrainedModel(.demo))
/// print(try scorer.score("My dream is true.").perplexity ?? 0)
/// ```
public final class Scorer {
  /// The checkpoint and its tokenizer.
  public let model: PretrainedModel
  /// Where it computes.
  public let device: ComputeDevice
  /// How weights are stored.
  public let precision: Precision

  private let scoring: any TextScoring

  /// Puts a model onto a device.
  ///
  /// - Parameters:
  ///   - precision: How to store weights; the device's usual one where nil.
  ///   - family: Which kernels to run; those made for the device's type where nil.
  /// - Throws: ``WeightError``, ``DeviceError`` or `OpenCLError`.
  public convenience init(
    _ model: PretrainedModel, device: DeviceSelection = .automatic, precision: Precision? = nil,
    family: KernelFamily? = nil
  ) throws {
    try self.init(model, on: device.resolve(), precision: precision, family: family)
  }

  /// Puts a model onto a device that was found.
  package convenience init(
    _ model: PretrainedModel, on device: ComputeDevice, precision: Precision?, family: KernelFamily?
  ) throws {
    let backend = try device.backend(for: model.configuration, precision: precision, family: family)
    func scoring<B: Backend>(_ backend: B) throws -> any TextScoring {
      ModelScorer(try GPT2Model(model.checkpoint, on: backend))
    }
    self.init(model, scoring: try scoring(backend), device: device, precision: backend.precision)
  }

  /// A model whose weights `scoring` holds.
  init(_ model: PretrainedModel, scoring: any TextScoring, device: ComputeDevice, precision: Precision) {
    self.model = model
    self.scoring = scoring
    self.device = device
    self.precision = precision
  }

  /// Tokens between the starts of two windows, where nobody says otherwise: half the context.
  public var defaultStride: Int { max(1, model.configuration.contextLength / 2) }

  /// Scores a text by its tokens.
  ///
  /// - Throws: ``SettingsError`` where the model has no tokenizer, or as ``score(tokens:stride:)`` does.
  public func score(_ text: String, stride: Int? = nil) throws -> TextScore {
    try score(tokens: model.encode(text), stride: stride)
  }

  /// Scores tokens, each once.
  ///
  /// More tokens than the context are scored in windows of it, of which each starts `stride` tokens after the one
  /// before and scores the tokens that that did not (``defaultStride`` where nil).
  ///
  /// - Throws: ``SettingsError`` for no tokens, tokens that the model does not have, or an impossible stride;
  ///   ``SamplingError`` where the model's logits are not finite; `OpenCLError` where the device fails.
  public func score(tokens: [TokenID], stride: Int? = nil) throws -> TextScore {
    let configuration = model.configuration
    if tokens.isEmpty { throw SettingsError("There is nothing to score: the text is empty.") }
    if let id = tokens.first(where: { $0 < 0 || $0 >= configuration.vocabularySize }) {
      throw SettingsError(
        "The text has the token id \(id), but the model knows 0 to \(configuration.vocabularySize - 1).")
    }
    let stride = stride ?? defaultStride
    let context = configuration.contextLength
    guard stride > 0, stride < context || tokens.count <= context else {
      throw SettingsError(
        "The stride is \(stride), but windows of the model's context of \(context) tokens can move on by 1 to "
          + "\(context - 1): every token needs one before it in its window.")
    }
    return TextScore(tokens: tokens, scored: try scoring.logProbabilities(of: tokens, stride: stride))
  }

  /// Leaves the kernels compiled by now for the next start, which is then faster.
  public func keepCompiledKernels() { scoring.keepCompiled() }
}
