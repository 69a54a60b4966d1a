package import GPT2

extension CompletionError {
  /// A prompt or settings that the model cannot use.
  ///
  /// - Parameters:
  ///   - names: What the settings are called in the request.
  ///   - field: The field of a setting.
  package init(_ error: SettingsError, _ names: SettingNames, field: (Setting) -> String?) {
    let message = error.sentence(names)
    self =
      switch error {
      case .outOfRange(let setting, _, _), .wrongType(let setting, _, _), .textWithoutTokenizer(let setting, _, _, _):
        .invalid(message, param: field(setting))
      case .minimumAboveLimit(let setting, _, _, _): .invalid(message, param: field(setting))
      case .promptTooLong, .lengthBelowPrompt: .invalid(message, param: "prompt", code: .contextLengthExceeded)
      case .emptyPrompt, .unknownToken, .noTokenizer: .invalid(message, param: "prompt")
      case .noCardPreset: .invalid(message, param: "preset")
      case .moreTextsThanBeams: .invalid(message, param: field(.samples))
      case .stopWithBeams: .invalid(message, param: field(.stop))
      case .guidanceWith: .invalid(message, param: field(.guidanceScale))
      case .negativePromptTooLong:
        .invalid(message, param: field(.negativePrompt), code: .contextLengthExceeded)
      default: .invalid(message)
      }
  }
}

extension CompletionError {
  /// What a body returns; its errors name the fields of a request.
  static func naming<Value>(
    _ names: SettingNames, _ field: (Setting) -> String?, _ body: () throws(SettingsError) -> Value
  ) throws(CompletionError) -> Value {
    do throws(SettingsError) {
      return try body()
    } catch {
      throw CompletionError(error, names, field: field)
    }
  }
}
