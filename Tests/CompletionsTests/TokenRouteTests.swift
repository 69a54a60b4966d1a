import Completions
import GPT2
import JSON
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

  @Test(arguments: ["[]", "{}", #"{"prompt":["a"]}"#, #"{"prompt":"a","x":1}"#, #"{"prompt":"a","parse_special":1}"#])
  func tokenizeRefuses(_ body: String) throws {
    #expect(throws: CompletionError.self) { try TokenizeRequest.answer(to: JSON(parsing: body), model()) }
  }

  @Test(arguments: ["{}", #"{"tokens":"a"}"#, #"{"tokens":[99999]}"#, #"{"tokens":[-1]}"#, #"{"tokens":[1.5]}"#])
  func detokenizeRefuses(_ body: String) throws {
    #expect(throws: CompletionError.self) { try DetokenizeRequest.answer(to: JSON(parsing: body), model()) }
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
