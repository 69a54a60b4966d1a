import Engine
import GPT2
import JSON
import TestSupport
import Testing

@testable import Completions
@testable import Server

/// Texts over HTTP are those that the library writes.
@Suite struct CompletionRouteTests {
  /// What the library writes for a prompt of token ids.
  private func texts(
    _ server: TestServer, _ prompt: [Int32], samples: Int = 1, seed: UInt64, new: Int
  ) async throws -> [GPT2.Continuation] {
    var wishes = GenerationOverrides.completionsDefaults
    (wishes.samples, wishes.seed, wishes.maxNewTokens) = (samples, seed, new)
    (wishes.returnsFullText, wishes.prefix) = (false, "")
    let settings = try server.model.service.pretrained.settings(wishes, preset: .hf5)
    return try await server.model.service.generate(.tokens(prompt), settings).texts()
  }

  @Test func textsAreThoseOfTheLibrary() async throws {
    let server = try await TestServer()
    let answer = try await server.complete(
      #"{"prompt": [[5, 6], [7]], "n": 2, "seed": 9, "max_tokens": 12, "model": "org/tiny"}"#)
    #expect(answer.status == 200 && answer.headers["content-type"] == "application/json")
    #expect(answer.headers["x-request-id"]?.hasPrefix("req-") == true)
    #expect(answer.headers["date"]?.hasSuffix(" GMT") == true)
    let expected =
      try await texts(server, [5, 6], samples: 2, seed: 9, new: 12)
      + texts(server, [7], samples: 2, seed: 9, new: 12)
    let choices = try answer.json["choices"]?.array ?? []
    #expect(choices.map { $0["text"]?.string } == expected.map(\.text))
    #expect(choices.map { $0["index"]?.integer } == [0, 1, 2, 3])
    let json = try answer.json
    #expect(json["model"]?.string == "org/tiny" && json["system_fingerprint"]?.string == "fp_test")
    #expect(json["usage"]?["completion_tokens"]?.integer == expected.reduce(0) { $0 + $1.tokens.count })
    #expect(json["usage"]?["prompt_tokens"]?.integer == 3)
    #expect(try await server.stop())
  }

  @Test func streamsJoinedAreTheWholeTexts() async throws {
    let server = try await TestServer()
    let request = #""prompt": [[5, 6], [7]], "n": 2, "seed": 4, "max_tokens": 9, "logprobs": 1"#
    let whole = try await server.complete("{\(request)}").json
    let stream = try await server.complete(
      #"{\#(request), "stream": true, "stream_options": {"include_usage": true}}"#)
    #expect(stream.headers["content-type"]?.hasPrefix("text/event-stream") == true)
    #expect(stream.events.last == "[DONE]")
    var texts = [Int: String](), ends = [Int: String]()
    let events = try stream.events.dropLast().map { try JSON(parsing: $0) }
    for event in events {
      guard let choice = event["choices"]?.array?.first, let index = choice["index"]?.integer else { continue }
      texts[index, default: ""] += choice["text"]?.string ?? ""
      #expect(ends[index] == nil, "an event after the last")
      ends[index] = choice["finish_reason"]?.string
    }
    let choices = whole["choices"]?.array ?? []
    #expect((0..<4).map { texts[$0] } == choices.map { $0["text"]?.string })
    #expect((0..<4).map { ends[$0] } == choices.map { $0["finish_reason"]?.string })
    #expect(events.last?["usage"]?.text == whole["usage"]?.text)
    #expect(try await server.stop())
  }

  @Test func promptsAreScored() async throws {
    let server = try await TestServer()
    let request = #""prompt": [5, 6, 7], "echo": true, "logprobs": 1"#
    for more in ["", #", "stream": true"#] {
      let answer = try await server.complete(#"{\#(request), "max_tokens": 0\#(more)}"#)
      let json = more.isEmpty ? try answer.json : try JSON(parsing: answer.events[0])
      let scores = json["choices"]?.array?.first?["logprobs"]?["token_logprobs"]?.array ?? []
      #expect(scores.count == 3 && scores.first?.isNull == true && scores.dropFirst().allSatisfy { $0.number != nil })
    }
    let answer = try await server.complete(#"{\#(request), "max_tokens": 1}"#)
    #expect(try answer.json["choices"]?.array?.first?["logprobs"]?["tokens"]?.array?.count == 4)
    #expect(try await server.stop())
  }

  @Test func manyClientsHaveTheTextsThatTheyHaveAlone() async throws {
    let server = try await TestServer(batchSize: 8)
    var alone: [String?] = []
    for client in 0..<64 {
      alone.append(try await texts(server, [Int32(client)], seed: UInt64(client), new: 5 + client % 7).first?.text)
    }
    let together = try await withThrowingTaskGroup(of: (Int, String?).self) { group in
      for client in 0..<64 {
        group.addTask {
          let body = #"{"prompt": [\#(client)], "seed": \#(client), "max_tokens": \#(5 + client % 7)}"#
          return (client, try await server.complete(body).json["choices"]?.array?.first?["text"]?.string)
        }
      }
      return try await group.reduce(into: [Int: String?]()) { $0[$1.0] = $1.1 }
    }
    #expect((0..<64).map { together[$0] ?? nil } == alone)
    try await server.wait(for: "gpt2_gpu_requests_running", 0)
    #expect(try await server.metric("gpt2_gpu_requests_waiting") == 0)
    #expect(try await server.stop())
  }

  @Test func otherRoutesAnswer() async throws {
    let server = try await TestServer()
    let text = try await server.ask(
      "POST", "/generate", body: #"{"inputs": "abc", "parameters": {"max_new_tokens": 4, "seed": 2, "details": true}}"#)
    #expect(try text.json["details"]?["generated_tokens"]?.integer == 4)
    let stream = try await server.ask(
      "POST", "/generate_stream", body: #"{"inputs": "abc", "parameters": {"max_new_tokens": 4, "seed": 2}}"#)
    #expect(stream.events.count == 4)
    #expect(try JSON(parsing: stream.events[3])["generated_text"]?.string == text.json["generated_text"]?.string)
    let best = try await server.ask(
      "POST", "/generate_stream", body: #"{"inputs": "a", "parameters": {"best_of": 3, "do_sample": true}}"#)
    #expect(best.status == 422, "the texts would come mixed")
    let bad = try await server.ask("POST", "/generate", body: #"{"inputs": 3}"#)
    #expect(try bad.status == 422 && bad.json["error_type"]?.string == "validation")
    let tokens = try await server.ask("POST", "/tokenize", body: #"{"prompt": "abc"}"#).json["tokens"]
    let back = try await server.ask("POST", "/detokenize", body: #"{"tokens": \#(tokens?.text ?? "")}"#)
    #expect(try back.json["prompt"]?.string == "abc")
    #expect(try await server.ask("GET", "/v1/models").json["data"]?.array?.count == 2)
    #expect(try await server.ask("GET", "/v1/models/org%2Ftiny").json["id"]?.string == "org/tiny")
    #expect(try await server.ask("GET", "/v1/models/other").status == 404)
    #expect(try await server.ask("GET", "/version").json["device"]?.string == "mock")
    #expect(try await server.ask("GET", "/health/").status == 404)
    let head = try await server.ask("HEAD", "/health")
    #expect(head.status == 200 && head.body.isEmpty && head.headers["content-length"] == "15")
    #expect(try await server.stop())
  }
}
