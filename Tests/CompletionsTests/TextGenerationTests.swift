import Completions
import JSON
import Testing
import Tokenizer

@testable import GPT2

/// Text-generation-inference's form.
@Suite struct TextGenerationTests {
  private func response(_ body: String) throws -> TextGenerationResponse {
    let model = try CompletionModelTests.model.get()
    let request = try TextGenerationRequest(parsing: JSON(parsing: body), limits: CompletionLimits())
    return TextGenerationResponse(request, prompt: try request.request(model), tokenizer: model.tokenizer)
  }

  @Test func greedyUnlessAskedToDraw() throws {
    let plain = try response(#"{"inputs":"So","parameters":{"max_new_tokens":null}}"#).prompt.tokens
    #expect(!plain.sampling.doSample && plain.newTokens.upperBound == 100 && plain.samples == 1)
    for parameters in [#"{"do_sample":true}"#, #"{"top_k":5}"#, #"{"temperature":0.5,"do_sample":false}"#] {
      let tokens = try response(#"{"inputs":"So","parameters":\#(parameters)}"#).prompt.tokens
      #expect(tokens.sampling.doSample, "\(parameters)")
    }
    #expect(try response(#"{"inputs":"So","parameters":{"do_sample":true}}"#).prompt.tokens.sampling.temperature == 1)
  }

  @Test func wholeAndStreamed() throws {
    let response = try response(
      """
      {"inputs":"My dream is","stream":true,"parameters":{"details":true,"decoder_input_details":true,"seed":4,\
      "return_full_text":true,"top_n_tokens":2,"max_new_tokens":9,"stop":["zz"]}}
      """)
    let tokens = try #require(response.tokenizer).encode(" world 世界")
    let all = try Texts([response.prompt], [[tokens]])
    let whole = response.json(for: all.completed[0])
    #expect(whole["generated_text"]?.string == "My dream is world 世界")
    let details = try #require(whole["details"])
    #expect(details["finish_reason"]?.string == "length" && details["seed"]?.integer == 4)
    #expect(details["generated_tokens"]?.integer == tokens.count && details["tokens"]?.array?.count == tokens.count)
    #expect(details["top_tokens"]?.array?.first?.array?.count == 2)
    let prefill = try #require(details["prefill"]?.array)
    #expect(prefill.map { $0["id"]?.integer } == response.prompt.tokens.prompt.map(Int.init))
    #expect(prefill[0]["logprob"]?.isNull == true && prefill[1]["logprob"]?.number != nil)
    var stream = TextGenerationStream(response)
    let events = all.pieces.flatMap { stream.chunks(for: $0.piece) }
    #expect(events.map { $0["index"]?.integer } == Array(1...tokens.count))
    #expect(events.compactMap { $0["token"]?["text"]?.string }.joined() == " world 世界")
    for event in events.dropLast() {
      #expect(event["generated_text"]?.isNull == true && event["details"]?.isNull == true)
    }
    #expect(events.last?["generated_text"]?.string == whole["generated_text"]?.string)
    #expect(events.last?["details"]?["input_length"]?.integer == response.prompt.tokens.prompt.count)
  }

  @Test(arguments: [
    (#"{}"#, "'inputs' must be a text"), (#"{"inputs":""}"#, "'inputs' must be a text"),
    (#"{"inputs":["a"]}"#, "must be a string"), (#"{"inputs":"a","parameters":[]}"#, "must be an object"),
    (#"{"inputs":"a","parameters":{"temperature":0}}"#, "'temperature' must be above 0"),
    (#"{"inputs":"a","parameters":{"max_new_tokens":0}}"#, "'max_new_tokens' must be at least 1"),
    (#"{"inputs":"a","parameters":{"max_new_tokens":-1}}"#, "'max_new_tokens' must be at least 1, found -1"),
    (
      #"{"inputs":"a","stream":true,"parameters":{"max_new_tokens":0,"decoder_input_details":true}}"#,
      "'max_new_tokens' must be at least 1, found 0"
    ),
    (#"{"inputs":"a","parameters":{"max_new_tokens":5000}}"#, "shorten the prompt"),
    (#"{"inputs":"a","parameters":{"watermark":true}}"#, "'watermark' is not supported"),
    (#"{"inputs":"a","parameters":{"grammar":{"type":"json"}}}"#, "'grammar' is not supported"),
    (#"{"inputs":"a","parameters":{"topk":3}}"#, "did you mean 'top_k'?"),
    (#"{"inputs":"a","stream":true,"parameters":{"best_of":2}}"#, "cannot be streamed"),
  ])
  func faults(_ body: String, sentence: String) throws {
    do {
      _ = try response(body)
      Issue.record("it was taken")
    } catch let error as CompletionError {
      #expect(error.textGenerationStatus == 422 && error.message.contains(sentence), "\(error.message)")
      #expect(error.textGenerationJSON["error_type"]?.string == "validation")
    }
  }

  @Test func theBestOfSeveral() throws {
    let response = try response(
      #"{"inputs":"So","parameters":{"best_of":2,"do_sample":true,"details":true}}"#)
    let whole = response.json(for: try Texts([response.prompt], [[[900], [5]]]).completed[0])
    #expect(whole["generated_text"]?.string == response.tokenizer?.decode([5]))
    #expect(whole["details"]?["best_of_sequences"]?.array?.count == 1)
  }
}
