import Checkpoint
import Completions
import GPT2
import JSON
import TestSupport
import Testing
import Tokenizer

/// Tokens and texts, the model's description, and the document about it all.
@Suite struct TokenRouteTests {
  private func model() throws -> PretrainedModel { try CompletionModelTests.model.get() }

  @Test func tokensAndBack() throws {
    let answer = try TokenizeRequest.answer(
      to: JSON(parsing: #"{"prompt":"So é<|endoftext|>","return_token_strs":true,"add_special_tokens":false}"#), model()
    )
    let ids = try #require(answer["tokens"]?.array)
    #expect(answer["count"]?.integer == ids.count && answer["token_strs"]?.array?.count == ids.count)
    #expect(try answer["max_model_len"]?.integer == model().configuration.contextLength)
    let end = try #require(try model().tokenizer?.endOfText)
    #expect(ids.last?.integer == Int(end))
    let text = try DetokenizeRequest.answer(to: ["tokens": .array(ids)], model())
    #expect(text["prompt"]?.string == "So é<|endoftext|>")
    let plain = try TokenizeRequest.answer(
      to: JSON(parsing: #"{"prompt":"<|endoftext|>","parse_special":false}"#), model())
    #expect(plain["count"]?.integer ?? 0 > 1)
    #expect(try TokenizeRequest.answer(to: ["prompt": .string("")], model())["count"]?.integer == 0)
  }

  /// What a body that cannot be used is told.
  private func problem(_ body: String, _ answer: (JSON) throws -> JSON) throws -> CompletionError? {
    do {
      _ = try answer(JSON(parsing: body))
      return nil
    } catch let error as CompletionError {
      return error
    }
  }

  @Test(arguments: [
    ("[]", nil, "The request must be an object, found an array."),
    ("{}", "prompt", "There is no 'prompt': it must be a string."),
    (#"{"prompt":null}"#, "prompt", "There is no 'prompt': it must be a string."),
    (#"{"prompt":["a"]}"#, "prompt", #"'prompt' must be a string, found ["a"]."#),
    (#"{"prompt":5}"#, "prompt", "'prompt' must be a string, found 5."),
    (#"{"prompt":"a","x":1}"#, "x", "'x' is not a field of a request to /tokenize."),
    (#"{"prompt":"a","parse_special":1}"#, "parse_special", "'parse_special' must be true or false, found 1."),
  ])
  func tokenizeRefuses(_ body: String, param: String?, sentence: String) throws {
    let error = try #require(try problem(body) { try TokenizeRequest.answer(to: $0, model()) })
    #expect(error.status == 400 && error.param == param && error.message == sentence, "\(error)")
  }

  @Test(arguments: [
    ("{}", "There are no 'tokens': they must be a list of token ids."),
    (#"{"tokens":null}"#, "There are no 'tokens': they must be a list of token ids."),
    (#"{"tokens":"a"}"#, "must be a list of token ids from 0 to 2047, found a string."),
    (#"{"tokens":5}"#, "must be a list of token ids from 0 to 2047, found 5."),
    (#"{"tokens":{"a":1}}"#, "must be a list of token ids from 0 to 2047, found an object."),
    (#"{"tokens":[2048]}"#, "must be a list of token ids from 0 to 2047, but its element 0 is 2048."),
    (#"{"tokens":[7,-1]}"#, "must be a list of token ids from 0 to 2047, but its element 1 is -1."),
    (#"{"tokens":[99999999999]}"#, "must be a list of token ids from 0 to 2047, but its element 0 is 99999999999."),
    (#"{"tokens":[1.5]}"#, "must be a list of token ids from 0 to 2047, but its element 0 is 1.5."),
    (#"{"tokens":["a"]}"#, "must be a list of token ids from 0 to 2047, but its element 0 is a string."),
    (#"{"tokens":[[1]]}"#, "must be a list of token ids from 0 to 2047, but its element 0 is an array."),
    (#"{"tokens":[null]}"#, "must be a list of token ids from 0 to 2047, but its element 0 is null."),
  ])
  func detokenizeRefuses(_ body: String, sentence: String) throws {
    let error = try #require(try problem(body) { try DetokenizeRequest.answer(to: $0, model()) })
    #expect(error.status == 400 && error.param == "tokens", "\(error)")
    #expect(error.message == (sentence.hasPrefix("There") ? sentence : "'tokens' " + sentence), "\(error.message)")
  }

  @Test func noTokensAreNoText() throws {
    #expect(try DetokenizeRequest.answer(to: ["tokens": .array([])], model())["prompt"]?.string == "")
    // A number without a fraction, however it is written.
    #expect(try DetokenizeRequest.answer(to: JSON(parsing: #"{"tokens":[1.0]}"#), model())["prompt"]?.string != "")
  }

  /// Whoever asks for nothing but tokens is not told to give them.
  @Test func noTokenizerIsSaid() throws {
    let model = PretrainedModel(try Checkpoint(files: TinyCheckpoint(seed: 1).files))
    let answers: [(String, (JSON) throws -> JSON)] = [
      (#"{"prompt":"a"}"#, { try TokenizeRequest.answer(to: $0, model) }),
      (#"{"tokens":[1]}"#, { try DetokenizeRequest.answer(to: $0, model) }),
    ]
    for (body, answer) in answers {
      let error = try #require(try problem(body, answer))
      #expect(error.status == 400 && error.message.hasPrefix("The model has no tokenizer that can be used"), "\(error)")
    }
  }

  @Test func theModel() throws {
    let description = ModelDescription(try model(), names: ["demo", "org/demo"], created: 5, revision: "abc")
    #expect(description.list["data"]?.array?.map { $0["id"]?.string } == ["demo", "org/demo"])
    #expect(try description.entry(named: "org/demo")["revision"]?.string == "abc")
    #expect(throws: CompletionError.self) { try description.entry(named: "x") }
    try description.check(nil)
    #expect(description.tokenizerInfo["eos_token"]?.string == "<|endoftext|>")
  }

  @Test func theDocumentHasEveryField() throws {
    let document = OpenAPI(version: "1", limits: CompletionLimits()).document
    let schemas = try #require(document["components"]?["schemas"])
    let fields = try #require(schemas["CompletionRequest"]?["properties"]?.members)
    for name in SettingFields.all.keys { #expect(fields.contains { $0.key == name }, "\(name)") }
    // The reader knows each of them.
    for field in fields {
      do throws(CompletionError) {
        _ = try CompletionRequest(parsing: [field.key: .integer(1)], limits: CompletionLimits(), strict: true)
      } catch {
        #expect(!error.isUnknownField, "\(field.key)")
      }
      #expect(field.value.members?.isEmpty == false)
    }
    // A text has a token at least, where no prompt is scored alone.
    let parameters = schemas["TextGenerationRequest"]?["properties"]?["parameters"]?["properties"]
    #expect(parameters?["max_new_tokens"]?["minimum"]?.integer == 1)
    // Whatever is referred to is there.
    let text = document.text
    for reference in text.split(separator: "#/components/schemas/").dropFirst() {
      #expect(schemas[String(reference.prefix { $0 != "\"" })] != nil, "\(reference.prefix(30))")
    }
  }
}
