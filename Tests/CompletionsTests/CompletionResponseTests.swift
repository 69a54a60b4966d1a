import Completions
import JSON
import Sampling
import Testing
import Tokenizer

@testable import GPT2

/// Answers, whole and as streams.
@Suite struct CompletionResponseTests {
  private static let head = CompletionHead(id: "cmpl-1", created: 7, model: "demo", fingerprint: "fp")

  private func response(_ body: String) throws -> CompletionResponse {
    let model = try CompletionModelTests.model.get()
    let request = try CompletionRequest(parsing: JSON(parsing: body), limits: CompletionLimits(), strict: true)
    return CompletionResponse(
      Self.head, request, prompts: try request.requests(model), tokenizer: model.tokenizer)
  }

  private func tokens(_ text: String) throws -> [TokenID] {
    try #require(try CompletionModelTests.model.get().tokenizer).encode(text)
  }

  /// What all events of a choice say together.
  private func joined(_ events: [JSON], choice number: Int) -> (text: String, lists: [String: [String]], ends: [JSON]) {
    var (text, lists, ends) = ("", [String: [String]](), [JSON]())
    for choice in events.compactMap({ $0["choices"]?.array?.first }) where choice["index"]?.integer == number {
      #expect(ends.isEmpty, "nothing comes after the end")
      text += choice["text"]?.string ?? "?"
      for member in choice["logprobs"]?.members ?? [] {
        lists[member.key, default: []] += (member.value.array ?? []).map(\.text)
      }
      if choice["finish_reason"]?.isNull == false {
        #expect(choice["text"]?.string == "", "text comes before the end's event")
        ends.append(["finish_reason": choice["finish_reason"] ?? .null, "stop_reason": choice["stop_reason"] ?? .null])
      }
    }
    return (text, lists, ends)
  }

  @Test(arguments: [
    #"{"prompt":"My dream is","n":2,"seed":3,"stream":true}"#,
    #"{"prompt":"My dream is","n":2,"seed":3,"logprobs":0,"stream":true}"#,
    #"{"prompt":["My dream is","So"],"n":2,"seed":3,"logprobs":3,"echo":true,"stream":true}"#,
    #"{"prompt":"My dream is","n":2,"seed":3,"logprobs":1,"stop":["ld pe","xyz"],"stream":true}"#,
    #"{"prompt":"My dream is","n":2,"logprobs":1,"stop":"é!","include_stop_str_in_output":true,"stream":true}"#,
    #"{"prompt":"My dream is","n":2,"logprobs":1,"echo":true,"max_tokens":0,"stream":true}"#,
  ])
  func streamsSayTheSame(_ body: String) throws {
    let response = try response(body)
    // A character of several tokens, the beginning of a stop string that does not come, and one that does.
    let texts = ["world peace 世界 é!", "to be free, ld p"]
    let written = response.prompts[0].tokens.newTokens.upperBound > 0
    let tokens = try response.prompts.map { _ in written ? try texts.map { try self.tokens($0) } : [] }
    let all = try Texts(response.prompts, tokens)
    try compare(response, all)
  }

  /// Tokens that are halves of characters, stop strings that come, and some that only begin to.
  @Test(arguments: 0..<40)
  func streamsOfAnyTokensSayTheSame(_ seed: UInt64) throws {
    let random = Philox4x32(seed: seed)
    func draw(_ place: Int, below bound: Int) -> Int {
      Int(random.draw(item: 0, sample: 0, position: UInt32(place)) % UInt64(bound))
    }
    let tokenizer = try #require(try CompletionModelTests.model.get().tokenizer)
    let tokens = (0..<2).map { sample in (0..<20).map { TokenID(draw(100 * sample + $0, below: 300)) } }
    let text = Array(tokenizer.decode(tokens[0]).unicodeScalars)
    let stops = (0..<3).map { number in
      let start = draw(500 + number, below: max(1, text.count))
      return String(String.UnicodeScalarView(text[start...].prefix(1 + number * 2))) + (number == 2 ? "zz" : "")
    }.filter { !$0.isEmpty }
    let response = try response(
      ([
        "prompt": .string("So"), "n": .integer(2), "logprobs": .integer(1), "stream": .boolean(true),
        "stop": .array(stops.map { .string($0) }), "echo": .boolean(seed % 2 == 0),
      ] as JSON).text)
    try compare(response, Texts(response.prompts, [tokens]))
  }

  /// Holds the stream to the whole answer.
  private func compare(_ response: CompletionResponse, _ all: Texts) throws {
    var stream = CompletionStream(response)
    var events: [JSON] = []
    for (prompt, completed) in all.completed.enumerated() {
      events += stream.begin(prompt: prompt, scores: completed.scores)
    }
    for (prompt, piece) in all.pieces { events += stream.chunks(for: piece, prompt: prompt) }
    #expect(stream.end().isEmpty)
    for event in events { #expect(event["choices"]?.array?.count == 1 && event["id"]?.string == "cmpl-1") }
    let whole = response.json(for: all.completed)
    let choices = try #require(whole["choices"]?.array)
    #expect(choices.count == 2 * response.prompts.count)
    for (number, choice) in choices.enumerated() {
      #expect(choice["index"]?.integer == number)
      let joined = joined(events, choice: number)
      #expect(joined.text == choice["text"]?.string)
      #expect(
        joined.ends.map(\.text) == [
          JSON.object([
            JSON.Member("finish_reason", choice["finish_reason"] ?? .null),
            JSON.Member("stop_reason", choice["stop_reason"] ?? .null),
          ]).text
        ])
      for member in choice["logprobs"]?.members ?? [] {
        #expect(joined.lists[member.key] == member.value.array?.map(\.text), "\(member.key)")
      }
      #expect(choice["logprobs"]?.isNull == (response.request.logProbabilities == nil))
    }
  }

  @Test func theWholeAnswer() throws {
    let response = try response(
      #"{"prompt":["My dream is","So"],"n":2,"seed":18446744073709551615,"stop":"world","return_token_ids":true}"#
        .replacing("18446744073709551615", with: "\"18446744073709551615\""))
    let all = try Texts(response.prompts, response.prompts.map { _ in [try tokens(" world!"), try tokens(" so")] })
    let whole = response.json(for: all.completed)
    #expect(
      whole.members?.map(\.key) == [
        "id", "object", "created", "model", "choices", "system_fingerprint", "usage", "seed",
      ])
    #expect(whole["seed"]?.string == "18446744073709551615")
    let choices = try #require(whole["choices"]?.array)
    #expect(choices.map { $0["text"]?.string } == [" ", " so", " ", " so"])
    #expect(choices.map { $0["finish_reason"]?.string } == ["stop", "length", "stop", "length"])
    #expect(choices[0]["stop_reason"]?.string == "world" && choices[1]["stop_reason"]?.isNull == true)
    let prompts = try tokens("My dream is").count + tokens("So").count
    #expect(choices[2]["prompt_token_ids"]?.array?.compactMap(\.integer).map(Int32.init) == (try tokens("So")))
    let new = all.pieces.count
    #expect(whole["usage"]?.text == CompletionUsage(promptTokens: prompts, newTokens: new).json.text)
  }

  @Test func theBestComesFirst() throws {
    let response = try response(#"{"prompt":"So","best_of":3,"n":2}"#)
    // Smaller ids are likelier, by the made-up scores.
    let all = try Texts(response.prompts, [[[900, 901], [5], [300, 301]]])
    let whole = response.json(for: all.completed)
    let choices = try #require(whole["choices"]?.array)
    let decoder = try #require(response.tokenizer)
    #expect(choices.map { $0["text"]?.string } == [decoder.decode([5]), decoder.decode([300, 301])])
    #expect(choices.map { $0["index"]?.integer } == [0, 1] && choices[0]["logprobs"]?.isNull == true)
    #expect(whole["usage"]?["completion_tokens"]?.integer == 5, "all that were written count")
  }

  @Test func theEndOfTextIsAToken() throws {
    let response = try response(#"{"prompt":"So","logprobs":1,"stop_token_ids":[9]}"#)
    let end = try #require(response.tokenizer?.endOfText)
    let ended = response.json(for: try Texts(response.prompts, [[[5, end]]], endOfText: end).completed)
    let choice = try #require(ended["choices"]?.array?.first)
    #expect(choice["finish_reason"]?.string == "stop" && choice["stop_reason"]?.isNull == true)
    #expect(choice["logprobs"]?["tokens"]?.array?.count == 2)
    #expect(choice["logprobs"]?["token_logprobs"]?.array?.count == 2)
    let stopped = response.json(for: try Texts(response.prompts, [[[5, 9]]], endOfText: 9).completed)
    #expect(stopped["choices"]?.array?.first?["stop_reason"]?.integer == 9)
  }

  @Test func usageComesLastWhereAsked() throws {
    let response = try response(
      #"{"prompt":"So","n":2,"stream":true,"stream_options":{"include_usage":true}}"#)
    let all = try Texts(response.prompts, [[[5, 6], [7]]])
    var stream = CompletionStream(response)
    let events = all.pieces.flatMap { stream.chunks(for: $0.piece, prompt: $0.prompt) }
    for event in events { #expect(event["usage"]?.isNull == true) }
    let last = try #require(stream.end().first)
    #expect(last["choices"]?.array?.isEmpty == true && last["usage"]?["completion_tokens"]?.integer == 3)
  }
}
