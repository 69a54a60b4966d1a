internal import Backend
internal import Engine
internal import Tokenizer

/// How to guess tokens, of which the model then checks several in one step.
///
/// A guess is taken exactly where it is the token that the model chooses anyway, so that on an OpenCL device a text is the
/// same with it and without, byte for byte, whatever its settings. It is there sooner where guesses are often right and
/// few texts are written at a time; elsewhere the model soon stops guessing.
public enum Speculation: Sendable {
  /// What followed where the text was like its end before: for texts that repeat themselves or their prompt, as code and
  /// lists do.
  case promptLookup
  /// What a smaller model with the same tokens chooses.
  case draft(PretrainedModel)
}

extension LoadedModel {
  /// Guesses tokens from now on, or no more where nil.
  ///
  /// - Throws: ``SettingsError`` for a draft that knows other tokens; `WeightError` or `OpenCLError` for one that the device
  ///   has no room for.
  public func speculate(by speculation: Speculation?) throws {
    engine.speculator =
      switch speculation {
      case nil: nil
      case .promptLookup: Speculator(LookupProposer())
      case .draft(let draft): Speculator(try proposer(draft))
      }
  }

  /// Puts a draft onto the model's device.
  private func proposer(_ draft: PretrainedModel) throws -> any Proposer {
    guard draft.sharesTokens(with: pretrained) else {
      throw SettingsError.draftOfOtherTokens(draft: draft.name, model: pretrained.name)
    }
    func proposer(_ backend: some Backend) throws -> any Proposer {
      DraftProposer(try GPT2Model(draft.checkpoint, on: backend))
    }
    // Of one row at a time, a draft waits for its weights, and what rounding changes is a guess now and then.
    return try proposer(
      device.backend(for: draft.configuration, precision: device.isCPU ? nil : .int8, family: kernels?.family))
  }
}

extension PretrainedModel {
  /// Whether each id is the same token of both models.
  fileprivate func sharesTokens(with other: PretrainedModel) -> Bool {
    guard configuration.vocabularySize == other.configuration.vocabularySize else { return false }
    guard let tokenizer, let others = other.tokenizer else { return true }
    return (0..<TokenID(configuration.vocabularySize)).allSatisfy { tokenizer.piece($0) == others.piece($0) }
  }
}
