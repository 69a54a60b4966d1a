import Completions
import JSON
import Testing

@testable import Batch
@testable import GPT2

/// Lines of OpenAI's form with several prompts, and what their defaults are.
@Suite struct PromptListTests {
  private func parse(_ prompt: String) -> ItemParser.Line {
    ItemParser(isText: false).parse(Array(#"{"custom_id":"c","body":{"prompt":\#(prompt)}}"#.utf8), number: 1)
  }

  /// Texts as they are, tokens by their numbers.
  private func prompts(_ prompt: String) -> [String]? {
    guard case .item(let item) = parse(prompt) else { return nil }
    return item.prompts.map { prompt in
      switch prompt {
      case .text(let text): text
      case .tokens(let ids): "\(ids)"
      }
    }
  }

  @Test func everyFormOfPrompts() {
    #expect(prompts(#""a""#) == ["a"])
    #expect(prompts("[1, 2]") == ["[1, 2]"])
    #expect(prompts("[]") == ["[]"])
    #expect(prompts(#"["a", ""]"#) == ["a", ""])
    #expect(prompts("[[1, 2], [], [3.0]]") == ["[1, 2]", "[]", "[3]"])
  }

  @Test(arguments: [
    (#"["a", [1]]"#, "all of one kind, but its element 1 is an array"), (#"[[1], "a"]"#, "its element 1 is a string"),
    (#"["a", 1]"#, "its element 1 is a number"), (#"["a", null]"#, "its element 1 is null"),
    (#"[1, "a"]"#, "its element 1 is a string"), (#"[[1], [2, "a"]]"#, "'prompt[1]' must be"),
    ("[" + Array(repeating: #""a""#, count: 4097).joined(separator: ",") + "]", "at most 4096 prompts, found 4097"),
  ])
  func mixedPromptsAreRefused(_ prompt: String, sentence: String) {
    guard case .bad(let id, .openAI, let error) = parse(prompt) else {
      Issue.record("it was taken")
      return
    }
    #expect(id != nil && error.message.contains(sentence), "\(error.message)")
  }

  @Test(arguments: [1, 3, 64])
  func eachPromptHasItsChoices(_ batchSize: Int) throws {
    let folder = try JobFolder()
    try folder.write([
      #"{"custom_id":"l","body":{"prompt":["So","So",[531]],"n":2}}"#,
      #"{"custom_id":"m","body":{"prompt":["So","So","I"],"n":2}}"#, #"{"custom_id":"s","body":{"prompt":"So","n":2}}"#,
      #"{"custom_id":"m","body":{"prompt":"again"}}"#, #"{"custom_id":"t","body":{"prompt":[[531,1481],[531]]}}"#,
    ])
    try folder.run(FakeRunner(batchSize: batchSize)) { $0.isOrdered = true }
    let results = try folder.results()
    #expect(results.count == 5 && !(results[0]["error"]?.isNull ?? true) && !(results[3]["error"]?.isNull ?? true))
    let body = try #require(results[1]["response"]?["body"])
    let choices = try #require(body["choices"]?.array)
    #expect(choices.map { $0["index"]?.integer } == [0, 1, 2, 3, 4, 5])
    // Equal prompts have texts of their own.
    #expect(Set(choices.prefix(4).compactMap { $0["text"]?.string }).count == 4)
    #expect(body["usage"]?["prompt_tokens"]?.integer == 3)  // none with the demo model's prefix, which is not OpenAI's
    #expect(results[4]["response"]?["body"]?["choices"]?.array?.count == 2)
    // The same whatever runs beside.
    try folder.run(FakeRunner(batchSize: 2), to: "other") { $0.isOrdered = true }
    #expect(try folder.read("other") == folder.read())
  }

  @Test func oneFailedPromptFailsItsItemAlone() throws {
    let folder = try JobFolder()
    try folder.write([
      #"{"custom_id":"a","body":{"prompt":[[5],[6],[7],[8]],"n":3}}"#,
      #"{"custom_id":"b","body":{"prompt":[[5],[6]]}}"#,
    ])
    let summary = try folder.run(FakeRunner(batchSize: 4, failing: [7])) { $0.isOrdered = true }
    let results = try folder.results()
    #expect(summary.errors == 1 && results.count == 2)
    #expect(results[0]["error"]?["code"]?.string == "generation_failed")
    #expect(results[1]["response"]?["body"]?["choices"]?.array?.count == 2)
  }

  /// https://platform.openai.com/docs/api-reference/completions/create
  @Test func defaultsAreTheirs() throws {
    func settings(
      _ line: String, preset: SettingsPreset? = nil, _ change: (inout GenerationOverrides) -> Void = { _ in }
    ) throws -> GenerationRequest {
      var defaults = GenerationOverrides()
      change(&defaults)
      let model = try JobFolder.model.get()
      let preparation = ItemPreparation(
        model: model, defaults: defaults, preset: preset, settings: try model.settings(defaults, preset: preset),
        overflow: .error, wantsLogProbabilities: false)
      guard case .item(let item) = ItemParser(isText: false).parse(Array(line.utf8), number: 1) else {
        throw ItemError(.invalidItem, line)
      }
      return try preparation.prepare(item, index: 0, ordinal: 0).requests[0].tokens
    }
    let plain = #"{"custom_id":"c","body":{"prompt":"p"}}"#
    let request = try settings(plain)
    #expect(request.newTokens.upperBound == 16 && request.sampling.doSample && request.sampling.temperature == 1)
    #expect(request.sampling.topK == 0 && request.sampling.topP == 1)
    // The line says more than they, and the command line too.
    let said = try settings(#"{"custom_id":"c","body":{"prompt":"p","max_tokens":5,"temperature":0,"top_p":0.5}}"#)
    #expect(said.newTokens.upperBound == 5 && !said.sampling.doSample)
    let asked = try settings(plain) { ($0.maxNewTokens, $0.topK, $0.doSample) = (7, 9, false) }
    #expect(asked.newTokens.upperBound == 7 && asked.sampling.topK == 9 && !asked.sampling.doSample)
    let total = try settings(plain) { $0.maxLength = 40 }
    #expect(total.newTokens.upperBound > 16)
    // A preset is asked for, too.
    #expect(try settings(plain, preset: .hf5).newTokens.upperBound > 16)
    #expect(try settings(#"{"prompt":"p"}"#).sampling.topP == 0.95)
  }

  /// A line is what the server makes of its body, also of a model whose card has settings of its own.
  @Test(
    arguments: [
      #"{"prompt":["My dream is","So"]}"#, #"{"prompt":[[531],[2]]}"#,
      #"{"prompt":"So","max_tokens":12,"temperature":0,"stop":"x"}"#,
      #"{"prompt":"So","max_tokens":0,"echo":true,"logprobs":2}"#,
    ], [nil, SettingsPreset.card])
  func theServerAnswersTheSame(_ body: String, preset: SettingsPreset?) throws {
    let model = try JobFolder.model.get()
    var defaults = GenerationOverrides()
    (defaults.seed, defaults.topP) = (7, 0.5)
    let wanted = try CompletionRequest(parsing: JSON(parsing: body), limits: CompletionLimits(), strict: true)
      .requests(model, defaults: CompletionDefaults(overrides: defaults, preset: preset))
    let preparation = ItemPreparation(
      model: model, defaults: defaults, preset: preset, settings: try model.settings(defaults, preset: preset),
      overflow: .error, wantsLogProbabilities: false)
    let line = #"{"custom_id":"c","body":\#(body)}"#
    guard case .item(let item) = ItemParser(isText: false).parse(Array(line.utf8), number: 1) else {
      throw ItemError(.invalidItem, line)
    }
    let found = try preparation.prepare(item, index: 0, ordinal: 0).requests
    #expect(found.count == wanted.count)
    for (one, other) in zip(found, wanted) {
      #expect(one.tokens.prompt == other.tokens.prompt && one.tokens.newTokens == other.tokens.newTokens)
      #expect("\(one.tokens.sampling)" == "\(other.tokens.sampling)" && one.tokens.seed == other.tokens.seed)
      #expect(one.tokens.scoresPrompt == other.tokens.scoresPrompt && one.shown == other.shown)
    }
  }

  @Test func unknownFieldsMayBeLeftOut() throws {
    let long = String(repeating: "x", count: 1000)
    let lines = [
      #"{"id":1,"prompt":"p","label":"positive","\#(long)":{"a":[1]}}"#,
      #"{"custom_id":"c","split":"test","body":{"prompt":"p","top_k":5,"\#(long)":1}}"#,
    ]
    for line in lines {
      guard case .bad = ItemParser(isText: false).parse(Array(line.utf8), number: 1),
        case .item = ItemParser(isText: false, ignoresUnknown: true).parse(Array(line.utf8), number: 1)
      else {
        Issue.record("\(line)")
        continue
      }
    }
    // What is known is still checked.
    let wrong = Array(#"{"prompt":"p","temperature":"hot","label":1}"#.utf8)
    guard case .bad = ItemParser(isText: false, ignoresUnknown: true).parse(wrong, number: 1) else {
      Issue.record("it was taken")
      return
    }
    // The job whose items were refused is continued with it.
    let folder = try JobFolder()
    try folder.write(lines)
    #expect(try folder.run().errors == 2)
    let again = try folder.run { ($0.resumes, $0.retriesErrors, $0.ignoresUnknown) = (true, true, true) }
    #expect(again.items == 2 && again.errorsInAll == 0)
  }
}
