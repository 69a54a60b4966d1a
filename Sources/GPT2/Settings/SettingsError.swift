public import Backend
public import OpenCLBackend

/// Settings, prompts or texts that cannot be used.
///
/// Its description names the properties of ``GenerationOverrides``, or the file and field, with the values allowed and the
/// one found.
public enum SettingsError: Error, Hashable {
  /// A value is out of its setting's range; the problem is the rest of a sentence: "must be from 0 to 1, found 2".
  case outOfRange(Setting, source: SettingSource, problem: String)
  /// A file of the model has a value of another type than the setting's.
  case wrongType(Setting, source: SettingSource, problem: String)
  /// A part of a file of the model is no object; `found` is what it is.
  case notAnObject(String, found: String)
  /// The preset of a model's author was asked for, and the model carries none.
  case noCardPreset
  /// The prompt, with its prefix, leaves no room in the model's context of `limit` tokens.
  case promptTooLong(tokens: Int, limit: Int)
  /// Prompt and text together may have no more tokens than the prompt has.
  case lengthBelowPrompt(limit: Int, source: SettingSource, promptTokens: Int)
  /// More new tokens are asked for, by this setting, than may follow the prompt.
  ///
  /// `isContext`: the model's context is what ends the text there, rather than the most tokens that were asked for.
  case minimumAboveLimit(Setting, minimum: Int, limit: Int, isContext: Bool)
  /// More texts are asked for than there are beams to choose them from.
  case moreTextsThanBeams(texts: Int, beams: Int)
  /// Strings that end a text are asked for, and beams, which end by tokens alone.
  case stopWithBeams(stop: SettingSource, beams: SettingSource)
  /// Texts are to be guided, and something else is asked for that cannot be had with it.
  case guidanceWith(Setting, from: SettingSource, guidance: SettingSource)
  /// The prompt that texts are guided away from leaves no room in the model's context of `limit` tokens for as many new ones.
  case negativePromptTooLong(tokens: Int, newTokens: Int, limit: Int)
  /// There is no prompt, and the model has no token to start from.
  case emptyPrompt
  /// There is nothing to score.
  case emptyText
  /// A token id is none of the model's, which are those below `vocabularySize`.
  case unknownToken(Int32, vocabularySize: Int)
  /// Windows of the context cannot move on by so many tokens.
  case strideOutOfRange(Int, contextLength: Int)
  /// The device cannot store weights so; the CPU without OpenCL has fp32 alone.
  case precisionUnavailable(Precision, device: String, available: Precision)
  /// The device has no kernels, of no family.
  case kernelsUnavailable(KernelFamily, device: String)
  /// There is text, and the model has no tokenizer that can be used; the problem says why.
  case noTokenizer(model: String, problem: String)
  /// A setting is text, by this source, and the model has no tokenizer that can be used; the problem says why.
  case textWithoutTokenizer(Setting, source: SettingSource, model: String, problem: String)
  /// A model that is to guess for another knows other tokens.
  case draftOfOtherTokens(draft: String, model: String)

  /// Whether a file of the model says it, rather than whoever asks for texts.
  public var isOfModel: Bool {
    switch self {
    case .outOfRange(_, let source, _), .wrongType(_, let source, _), .textWithoutTokenizer(_, let source, _, _):
      !source.isAsked
    case .stopWithBeams(let one, let other), .guidanceWith(_, let one, let other): !one.isAsked && !other.isAsked
    case .notAnObject: true
    default: false
    }
  }
}
