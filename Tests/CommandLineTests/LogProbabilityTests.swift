import JSON
import Testing

/// Log-probabilities of prompts and of the likeliest tokens, as lm-evaluation-harness and others read them.
@Suite(.serialized, .requiresDevice) struct LogProbabilityTests {
  private func numbers(_ json: JSON?) throws -> [Double?] { try #require(json?.array).map(\.number) }

  @Test func promptsAreScoredInEveryForm() throws {
    let folder = try BatchCommandTests.folder([
      #"{"custom_id":"a","body":{"prompt":"My dream is","max_tokens":0,"echo":true,"logprobs":1}}"#,
      """
      {"custom_id":"b","body":{"prompt":[[531,1481,326],[531,1481]],"max_tokens":1,"temperature":0,"echo":true,\
      "logprobs":1}}
      """,
      #"{"id":"c","prompt":"My dream is","greedy":true,"max_new_tokens":2,"echo":true,"top_logprobs":2}"#,
      #"{"custom_id":"d","body":{"prompt":"My dream is","max_tokens":2,"temperature":0,"logprobs":0}}"#,
    ])
    let results = try BatchCommandTests.run(folder, ["--ordered"]).map { try JSON(parsing: $0) }
    func score(_ tokens: String) throws -> Program.Run {
      let score = try Program.run("score", "--tokens", tokens, "--format", "json", "--top-logprobs", "2")
      score.check()
      return score
    }
    let scored = try numbers(score("531,1481,326").json["logprobs"])
    #expect(scored.count == 3 && scored[0] == nil && !scored.dropFirst().contains(nil))

    func choice(_ index: Int, _ number: Int = 0) -> JSON? {
      results[index]["response"]?["body"]?["choices"]?.array?[number]
    }
    let alone = try #require(choice(0)?["logprobs"])
    #expect(choice(0)?["text"]?.string == "My dream is" && choice(0)?["finish_reason"]?.string == "length")
    #expect(alone["tokens"]?.text == #"["My"," dream"," is"]"# && alone["text_offset"]?.text == "[0,2,8]")
    #expect(try numbers(alone["token_logprobs"]) == scored)

    let first = try #require(choice(1)?["logprobs"])
    #expect(choice(1)?["index"]?.integer == 0 && choice(1, 1)?["index"]?.integer == 1)
    #expect(try numbers(first["token_logprobs"]).prefix(3) == scored[...])
    #expect(try numbers(choice(1, 1)?["logprobs"]?["token_logprobs"]).count == 3)
    #expect(first["top_logprobs"]?.array?[0].isNull == true)
    for place in 1..<4 {
      let top = try #require(first["top_logprobs"]?.array?[place].members).compactMap(\.value.number)
      let own = try #require(try numbers(first["token_logprobs"])[place])
      #expect(top.contains(own) && top.max() ?? -9 >= own && top.count <= 2)
      // The token written is the likeliest: programs compare the two numbers.
      if place == 3 { #expect(top.max() == own) }
    }

    // The demo model's prefix, an end of text, stands before the prompts of items that are not OpenAI's.
    let prefixed = try score("2047,531,1481,326")
    let native = results[2]
    #expect(native["prompt_logprobs"]?.text == (try prefixed.json["logprobs"]?.text))
    #expect(native["prompt_top_logprobs"]?.text == (try prefixed.json["top_logprobs"]?.text))
    #expect(native["top_logprobs"]?.array?.map { $0.array?.count } == [2, 2])
    #expect(native["top_logprobs"]?.array?[0].array?[0]["logprob"]?.number == native["logprobs"]?.array?[0].number)

    let own = try #require(choice(3)?["logprobs"])
    #expect(own["top_logprobs"]?.array?.map { $0.members?.count } == [1, 1])
    #expect(own["text_offset"]?.array?[0].integer == 0)
  }

  @Test func beamsAreTextsWithScores() throws {
    let folder = try BatchCommandTests.folder([
      #"{"id":"a","prompt":"My dream is","greedy":true,"max_new_tokens":6,"num_beams":3,"n":2}"#,
      #"{"id":"b","prompt":"My dream is","num_beams":2,"n":3}"#,
      #"{"id":"c","prompt":"My dream is","num_beams":5,"max_new_tokens":2}"#,
    ])
    let lines = try BatchCommandTests.run(folder, status: 3, ["--ordered", "--batch-size", "4"])
    let results = try lines.map { try JSON(parsing: $0) }
    let sequences = try #require(results[0]["sequences"]?.array)
    let scores = sequences.compactMap { $0["score"]?.number }
    #expect(scores.count == 2 && scores[0] >= scores[1] && results[0]["score"]?.number == scores[0])
    #expect(results[1]["error"]?["message"]?.string?.contains("'n' asks for 3 texts, but 'num_beams' for 2") == true)
    #expect(results[2]["error"]?["message"]?.string?.contains("5 beams needs room") == true)
    let run = try Program.run(
      "generate", "My dream is", "--greedy", "--max-new-tokens", "6", "--num-beams", "3", "-n", "2", "--format", "json")
    run.check()
    #expect(try run.json["sequences"]?.array?.map { $0["score"]?.text } == sequences.map { $0["score"]?.text })
  }
}
