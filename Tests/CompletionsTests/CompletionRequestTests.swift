import Completions
import GPT2
import JSON
import Testing

/// What a request says, before a model has seen it.
@Suite struct CompletionRequestTests {
  private func request(
    _ body: String, limits: CompletionLimits = CompletionLimits(), strict: Bool = true
  ) throws -> CompletionRequest {
    try CompletionRequest(parsing: JSON(parsing: body), limits: limits, strict: strict)
  }

  private func error(_ body: String) throws -> CompletionError? {
    do {
      _ = try request(body)
      return nil
    } catch let error as CompletionError {
      return error
    }
  }

  @Test func fieldsOfOpenAI() throws {
    let request = try request(
      """
      {"model":"m","prompt":["a","b"],"max_tokens":5,"temperature":0.5,"top_p":0.9,"n":2,"best_of":2,"logprobs":3,\
      "echo":true,"stop":["x","y"],"seed":7,"presence_penalty":1,"frequency_penalty":-1,"logit_bias":{"5":-100},\
      "suffix":"","user":"u","stream":true,"stream_options":{"include_usage":true},"metadata":{},"store":false}
      """)
    #expect(request.model == "m" && request.prompts.count == 2 && request.samples == 2 && request.bestOf == 2)
    #expect(request.logProbabilities == 3 && request.echo && request.isStreamed && request.includesUsage)
    let asked = request.overrides
    #expect(asked.maxNewTokens == 5 && asked.temperature == 0.5 && asked.topP == 0.9 && asked.stop == ["x", "y"])
    #expect(asked.seed == 7 && asked.presencePenalty == 1 && asked.logitBias == [5: -100])
    // Log-probabilities of a prompt that is part of the text.
    #expect(asked.echo == true)
  }

  @Test func fieldsOfOthers() throws {
    let request = try request(
      """
      {"prompt":[1,2],"min_tokens":2,"top_k":4,"min_p":0.1,"greedy":true,"bad_word":"w","stop_token_ids":[3],\
      "include_stop_str_in_output":true,"truncate_prompt_tokens":9,"return_token_ids":true,"parse_special":true,\
      "preset":"hf5","max_length":40,"no_repeat_ngram_size":3}
      """)
    #expect(request.overrides.minNewTokens == 2 && request.overrides.topK == 4 && request.options.isGreedy == true)
    #expect(request.options.badWords == ["w"] && request.truncation == 9 && request.returnsTokenIDs)
    #expect(request.parsesSpecial && request.preset == .hf5 && request.overrides.maxLength == 40)
  }

  @Test func badWordsOfTransformersAreTokens() throws {
    let request = try request(#"{"bad_words_ids":[[11],[3,4]]}"#)
    #expect(request.overrides.badWords == [[11], [3, 4]] && request.options.badWords == nil)
    #expect(try error(#"{"bad_words_ids":["w"]}"#)?.message.contains("'bad_words_ids' must be a list of lists") == true)
  }

  @Test func nullIsNotGiven() throws {
    let nulls = SettingFields.all.keys.map { "\"\($0)\":null" } + ["\"logprobs\":null", "\"prompt\":null"]
    let request = try request("{" + nulls.joined(separator: ",") + "}")
    var plain = GenerationOverrides()
    plain.returnsFullText = false
    #expect(request.overrides == plain && request.prompts.isEmpty && request.logProbabilities == nil)
  }

  @Test func noTemperatureIsTheLikeliest() throws {
    #expect(try request(#"{"temperature":0}"#).options.isGreedy == true)
    #expect(try request(#"{"temperature":0}"#).overrides.temperature == nil)
    #expect(try request(#"{"temperature":2.5}"#).overrides.temperature == 2.5)
  }

  @Test(arguments: [
    ("[]", "invalid_json", nil, "must be an object, found an array"),
    (#"{"prompt":""}"#, "invalid_value", "prompt", "must not be empty"),
    (#"{"prompt":[]}"#, "invalid_value", "prompt", "must not be empty"),
    (#"{"prompt":["a",""]}"#, "invalid_value", "prompt", "'prompt[1]' must not be empty"),
    (#"{"prompt":7}"#, "invalid_value", "prompt", "found 7"),
    (#"{"prompt":["a",[1]]}"#, "invalid_value", "prompt", "all of one kind"),
    (#"{"prompt":[1.5]}"#, "invalid_value", "prompt", "element 0 is 1.5"),
    (#"{"prompt":{"a":1}}"#, "invalid_value", "prompt", "found an object"),
    (#"{"max_tokens":"5"}"#, "invalid_value", "max_tokens", "must be a whole number, found a string"),
    (#"{"max_tokens":1e999}"#, "invalid_value", "max_tokens", "must be a whole number"),
    (#"{"temperature":true}"#, "invalid_value", "temperature", "must be a number, found a boolean"),
    (#"{"logprobs":21}"#, "invalid_value", "logprobs", "must be from 0 to 20, found 21"),
    (#"{"logprobs":true}"#, "invalid_value", "logprobs", "must be a whole number"),
    (#"{"n":3,"best_of":2}"#, "invalid_value", "best_of", "must be at least 'n', which is 3, found 2"),
    (#"{"best_of":2,"stream":true}"#, "invalid_value", "best_of", "cannot be streamed"),
    (#"{"best_of":0}"#, "invalid_value", "best_of", "must be from 1 to 64"),
    (#"{"stream_options":{"include_usage":true}}"#, "invalid_value", "stream_options", "needs 'stream'"),
    (#"{"stream":true,"stream_options":{"x":1}}"#, "unknown_field", "stream_options.x", "is not a field"),
    (#"{"stream":1}"#, "invalid_value", "stream", "must be true or false"),
    (#"{"suffix":"end"}"#, "invalid_value", "suffix", "is not supported"),
    (#"{"stop":""}"#, "invalid_value", "stop", "must not hold an empty string"),
    (#"{"logit_bias":{"x":1}}"#, "invalid_value", "logit_bias", "must be an object of token ids"),
    (#"{"seed":-1}"#, "invalid_value", "seed", "must be a whole number from 0"),
    (#"{"preset":"gpt"}"#, "invalid_value", "preset", "must be card or hf5"),
    (#"{"max_token":5}"#, "unknown_field", "max_token", "did you mean 'max_tokens'?"),
    (#"{"messages":[]}"#, "unknown_field", "messages", "did you mean 'prompt'?"),
    (#"{"top_logprobs":3}"#, "unknown_field", "top_logprobs", "is not a field"),
    (#"{"n":1,"n":2}"#, "invalid_value", "n", "comes twice"),
    (
      #"{"max_tokens":5,"max_new_tokens":2}"#, "invalid_value", "max_new_tokens",
      "'max_tokens' and 'max_new_tokens' are one setting: leave one out"
    ),
  ])
  func faults(_ body: String, code: String, param: String?, sentence: String) throws {
    let error = try #require(try error(body))
    #expect(error.status == 400 && error.type == "invalid_request_error" && error.code == code)
    #expect(error.param == param && error.message.contains(sentence), "\(error.message)")
    #expect(!error.message.contains("--"), "a client has no flags: \(error.message)")
  }

  @Test func longNamesAreNotCompared() throws {
    let name = String(repeating: "\u{301}", count: 100_000)
    #expect(try error("{\"\(name)\":1}")?.code == "unknown_field")
    #expect(try request("{\"\(name)\":1}", strict: false).prompts.isEmpty)
  }

  @Test func errorsAreOpenAIs() {
    let error = CompletionError.invalid("No.", param: "n").json
    #expect(
      error.text == #"{"error":{"message":"No.","type":"invalid_request_error","param":"n","code":"invalid_value"}}"#)
    let unknown = CompletionError.unknownModel("x", served: ["a", "b"])
    #expect(unknown.status == 404 && unknown.code == "model_not_found" && unknown.message.contains("a, b is served"))
  }
}
