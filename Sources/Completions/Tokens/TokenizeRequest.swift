package import GPT2
package import JSON
internal import Tokenizer

/// A request to /tokenize, in vLLM's form.
package enum TokenizeRequest {
  /// The answer: the tokens of a text.
  ///
  /// - Throws: ``CompletionError`` that names the field.
  package static func answer(to body: JSON, _ model: PretrainedModel) throws(CompletionError) -> JSON {
    var prompt: String?
    var (parsesSpecial, addsSpecialTokens, returnsStrings) = (true, true, false)
    for field in try RequestField.fields(of: body) {
      switch field.name {
      case "model": _ = try field.string()
      case "prompt": prompt = try field.string()
      case "parse_special": parsesSpecial = try field.boolean()
      case "add_special_tokens": addsSpecialTokens = try field.boolean()
      case "return_token_strs": returnsStrings = try field.boolean()
      default:
        throw field.unknown(
          in: "a request to /tokenize",
          among: ["prompt", "parse_special", "add_special_tokens", "return_token_strs", "model"])
      }
    }
    guard let prompt else { throw .invalid("There is no 'prompt': it must be a string.", param: "prompt") }
    let tokenizer = try model.servedTokenizer
    let tokens = tokenizer.encode(
      prompt, special: parsesSpecial ? .recognized : .plain, addsSpecialTokens: addsSpecialTokens)
    var members = [
      JSON.Member("tokens", JSON(tokens: tokens)), JSON.Member("count", .integer(tokens.count)),
      JSON.Member("max_model_len", .integer(model.configuration.contextLength)),
    ]
    if returnsStrings {
      members.append(JSON.Member("token_strs", .array(tokens.map { .string(model.tokenizer.spelling($0)) })))
    }
    return .object(members)
  }
}

/// A request to /detokenize, in vLLM's form.
package enum DetokenizeRequest {
  /// The answer: the text of tokens.
  ///
  /// - Throws: ``CompletionError`` that names the field.
  package static func answer(to body: JSON, _ model: PretrainedModel) throws(CompletionError) -> JSON {
    var tokens: [TokenID]?
    for field in try RequestField.fields(of: body) {
      switch field.name {
      case "model": _ = try field.string()
      case "tokens": tokens = try field.tokens(of: model)
      default: throw field.unknown(in: "a request to /detokenize", among: ["tokens", "model"])
      }
    }
    guard let tokens else {
      throw .invalid("There are no 'tokens': they must be a list of token ids.", param: "tokens")
    }
    return ["prompt": .string(try model.servedTokenizer.decode(tokens))]
  }
}

extension PretrainedModel {
  /// The tokenizer, for a request that is about nothing else.
  fileprivate var servedTokenizer: Tokenizer {
    get throws(CompletionError) {
      guard let tokenizer else {
        throw .invalid(
          "The model has no tokenizer that can be used, so its tokens have no text: 'prompt' of /v1/completions takes "
            + "token ids.")
      }
      return tokenizer
    }
  }
}
