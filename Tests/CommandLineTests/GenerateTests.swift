import JSON
import TestSupport
import Testing

/// Runs that write text with the demo model. One after the other: each has the device to itself.
@Suite(.serialized, .requiresDevice) struct GenerateTests {
  private let prompt = "My dream is"

  private func json(_ options: String...) throws -> JSON {
    let run = try Program.run(["generate", prompt, "--max-new-tokens", "8", "--format", "json"] + options)
    #expect(run.status == 0, "\(run.errors)")
    return try run.json
  }

  private func tokens(_ json: JSON) throws -> [[Int]] {
    let sequences = try #require(json["sequences"]?.array)
    return sequences.map { $0["tokens"]?.array?.compactMap(\.integer) ?? [] }
  }

  @Test func theSameSeedWritesTheSameAloneAndInCompany() throws {
    let five = try tokens(json("--seed", "7", "-n", "5"))
    #expect(try tokens(json("--seed", "7", "-n5")) == five)
    #expect(try tokens(json("--seed", "7", "-n", "7")).prefix(5) == five[...])
    #expect(try tokens(json("--seed", "7")) == [five[0]])
    #expect(try tokens(json("--seed", "8")) != [five[0]])
    #expect(Set(five).count > 1)
  }

  @Test func jsonHoldsWhatItsContractNames() throws {
    let json = try json("--seed", "7", "--logprobs")
    let keys = json.members?.map(\.key)
    #expect(
      keys == [
        "model", "model_revision", "adapter", "device", "precision", "config", "prompt", "prompt_tokens", "sequences",
        "timings",
      ])
    #expect(json["model"]?.string == "demo" && json["device"]?["id"]?.string == "0")
    #expect(json["precision"]?.string == "fp16" && json["prompt"]?.string == prompt)
    #expect(json["config"]?["seed"]?.integer == 7 && json["config"]?["max_new_tokens"]?.integer == 8)
    #expect(json["prompt_tokens"]?.array?.compactMap(\.integer) == [2047, 531, 1481, 326])
    let sequence = try #require(json["sequences"]?.array?.first)
    #expect(sequence.members?.map(\.key) == ["text", "tokens", "logprobs", "finish_reason", "seed"])
    #expect(sequence["text"]?.string?.hasPrefix(prompt) == true)
    #expect(sequence["tokens"]?.array?.count == 8 && sequence["finish_reason"]?.string == "length")
    let logprobs = try #require(sequence["logprobs"]?.array).compactMap(\.number)
    #expect(logprobs.count == 8 && logprobs.allSatisfy { $0 < 0 && $0.isFinite })
    #expect(
      json["timings"]?.members?.map(\.key) == [
        "load_s", "compile_s", "prefill_s", "decode_s", "total_s", "prompt_tokens", "new_tokens", "decode_tokens_per_s",
        "guessed_tokens", "right_guesses",
      ])
    #expect(json["timings"]?["new_tokens"]?.integer == 8)
  }

  @Test func textIsTheSameInEveryForm() throws {
    let text = try #require(try json("--seed", "7")["sequences"]?.array?.first?["text"]?.string)
    let options = ["--max-new-tokens", "8", "--seed", "7"]
    let plain = try Program.run(["generate", prompt] + options)
    #expect(plain.status == 0 && plain.output == text + "\n" && plain.errors.isEmpty)
    #expect(try Program.run(["generate", prompt, "--stream"] + options).output == plain.output)
    #expect(try Program.run(["generate", "-"] + options, input: Array("My dream is\n".utf8)).output == plain.output)
    #expect(try Program.run(["generate", "--prompt-tokens", "531,1481,326"] + options).output == plain.output)
    let continuation = try Program.run(["generate", prompt, "--no-return-full-text"] + options)
    #expect(prompt + continuation.output == plain.output)
  }

  @Test func severalTextsAreSetApart() throws {
    let run = try Program.run("generate", prompt, "-n", "5", "--max-new-tokens", "8")
    let lines = run.output.split(separator: "\n")
    for number in 1...5 { #expect(lines.contains("--- \(number) of 5 ---")) }
    #expect(run.errors.hasPrefix("gpt2-gpu: The seed is "))
  }

  @Test func aStopStringAndABadWordAreHeeded() throws {
    let options = ["--greedy", "--max-new-tokens", "8", "--no-return-full-text"]
    let text = try Program.run(["generate", prompt] + options).output.dropLast()
    let word = try #require(text.split(whereSeparator: { !$0.isLetter }).first.map(String.init))
    let stopped = try Program.run(["generate", prompt, "--stop", word] + options).output
    #expect(!stopped.contains(word) && text.hasPrefix(stopped.dropLast()))
    let spared = try Program.run(["generate", prompt, "--bad-word", word] + options)
    #expect(spared.status == 0 && spared.output.dropLast() != text)
  }

  /// A model that rules out every token is at fault itself; whoever asks for it is, elsewhere.
  @Test func everyTokenIsRuledOutByAFileOrByAFlag() throws {
    let folder = try TemporaryFolder.demo()
    let all = (0..<2048).map(String.init).joined(separator: ",")
    let command = ["generate", "My dream is", "--model", folder.path, "--device", "cpu", "--seed", "1"]
    let flag = try Program.run(command + ["--suppress-tokens", all])
    #expect(flag.status == 2 && flag.errors.contains("Every token is ruled out"), "\(flag.errors)")
    #expect(flag.errors.contains("Tokens are ruled out by --suppress-tokens"), "\(flag.errors)")
    try folder.write(#"{"suppress_tokens":[\#(all)]}"#.utf8, to: "generation_config.json")
    let file = try Program.run(command)
    #expect(file.status == 4, "\(file.errors)")
    #expect(file.errors.contains("by suppress_tokens in generation_config.json"), "\(file.errors)")
  }

  @Test func aLongPromptMayLoseItsBeginning() throws {
    let long = String(repeating: "word ", count: 300)
    let run = try Program.run(
      "generate", long, "--overflow", "left-truncate", "--max-new-tokens", "2", "--format", "json", "--greedy")
    #expect(run.status == 0)
    #expect(try run.json["prompt_tokens"]?.array?.count == 254)
  }
}
