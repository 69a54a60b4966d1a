extension SettingsError: CustomStringConvertible {
  /// A sentence for a person who writes Swift.
  public var description: String { sentence(.properties) }

  /// The sentence for a person who knows the settings by these names.
  package func sentence(_ names: SettingNames) -> String {
    let name = names.name
    return switch self {
    case .outOfRange(let setting, let source, let problem), .wrongType(let setting, let source, let problem):
      "\(source.subject(setting, names)) \(problem)."
    case .notAnObject(let part, let found): "\(part) must be an object, found \(found)."
    case .noCardPreset:
      "\(names.cardPreset) reads task_specific_params.text-generation in config.json, which this model does not have."
    case .promptTooLong(let tokens, let limit):
      "The prompt has \(tokens) tokens, which leaves no room in the model's context of \(limit): shorten the prompt, or "
        + "cut it with \(names.truncation)."
    case .lengthBelowPrompt(let limit, let source, let promptTokens):
      "\(source.subject(.maxLength, names)) is \(limit), but the prompt alone has \(promptTokens) tokens: raise "
        + "\(name(.maxLength)) or set \(name(.maxNewTokens))."
    case .minimumAboveLimit(let setting, let minimum, let limit, let isContext):
      "\(name(setting)) asks for at least \(minimum) new tokens, but at most \(limit) may follow this prompt: lower it, "
        + "or " + (isContext ? "shorten the prompt." : "raise \(name(.maxLength)) or \(name(.maxNewTokens)).")
    case .moreTextsThanBeams(let texts, let beams):
      "\(name(.samples)) asks for \(texts) texts, but \(name(.beams)) for \(beams) beams, of which the best are the texts: "
        + "ask for at least as many beams."
    case .stopWithBeams(let stop, let beams):
      "\(stop.subject(.stop, names)) cannot be used with \(beams.subject(.beams, names)): beams end at an end of text or "
        + "at their most tokens."
    case .guidanceWith(let setting, let source, let guidance):
      "\(guidance.subject(.guidanceScale, names)) cannot be used with \(source.subject(setting, names)): leave one of them "
        + "out."
    case .negativePromptTooLong(let tokens, let new, let limit):
      "\(name(.negativePrompt)) has \(tokens) tokens, which with \(new) new ones do not fit the model's context of "
        + "\(limit): shorten it, or lower \(name(.maxNewTokens))."
    case .emptyPrompt: "The prompt is empty, and the model has no beginning-of-text token to start from."
    case .emptyText: "There is nothing to score: the text is empty."
    case .unknownToken(let token, let size):
      "The text has the token id \(token), but the model knows 0 to \(size - 1)."
    case .strideOutOfRange(let stride, let context):
      "The stride is \(stride), but windows of the model's context of \(context) tokens can move on by 1 to "
        + "\(context - 1): every token needs one before it in its window."
    case .precisionUnavailable(let precision, let device, let available):
      "The device \(device) computes in \(available.rawValue) alone, and \(precision.rawValue) was asked for: that takes "
        + "an OpenCL device."
    case .kernelsUnavailable(let family, let device):
      "The device \(device) has no kernels, and \(family.rawValue) was asked for: that takes an OpenCL device."
    case .noTokenizer(let model, let problem):
      "\(model)\(problem), so text has no meaning to it: give token ids by \(names.tokens), without "
        + "\(name(.prefix)), \(name(.stop)) and \(name(.badWords))."
    case .textWithoutTokenizer(let setting, let source, let model, let problem):
      "\(source.subject(setting, names)) is text, which has no meaning here, as \(model)\(problem): leave it out, or put "
        + "the tokenizer's files beside the model's."
    case .draftOfOtherTokens(let draft, let model):
      "\(draft) cannot guess for \(model): their tokens differ. A draft is a smaller model with the same tokenizer, such as "
        + "distilgpt2 for gpt2."
    }
  }
}
