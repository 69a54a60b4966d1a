import Foundation
import JSON
import TestSupport
import Testing

/// Runs that score texts with the demo model, on the CPU where there is no device.
@Suite(.serialized) struct ScoreTests {
  private let device = Program.hasDevice ? "0" : "cpu"

  @Test func jsonHoldsWhatItsContractNames() throws {
    let run = try Program.run("score", "My dream is", "--format", "json", "--device", device)
    #expect(run.status == 0, "\(run.errors)")
    let json = try run.json
    let tokens = try #require(json["tokens"]?.array).compactMap(\.integer)
    let logprobs = try #require(json["logprobs"]?.array)
    #expect(tokens == [531, 1481, 326])
    #expect(logprobs.count == 3 && logprobs[0].isNull && logprobs.dropFirst().allSatisfy { ($0.number ?? 1) < 0 })
    let sum = try #require(json["sum_logprob"]?.number)
    #expect(abs(sum - logprobs.compactMap(\.number).reduce(0, +)) < 1e-9)
    #expect((json["perplexity"]?.number ?? 0) > 1 && json["stride"]?.isNull == true)
  }

  @Test func theSameTextInEveryForm() throws {
    let options = ["--device", device, "--format", "json"]
    let folder = try TemporaryFolder()
    let file = try folder.write("My dream is".utf8, to: "text").path
    let runs = [
      try Program.run(["score", "My dream is"] + options), try Program.run(["score", "--file", file] + options),
      try Program.run(["score", "-"] + options, input: Array("My dream is".utf8)),
    ]
    #expect(runs.allSatisfy { $0.status == 0 && $0.output == runs[0].output })
    let tokens = try Program.run(["score", "--tokens", "531,1481,326"] + options)
    #expect(try tokens.json["logprobs"]?.text == runs[0].json["logprobs"]?.text)
  }

  /// The demo model's context is 256 tokens.
  @Test func longTextsAreScoredInWindows() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(String(repeating: "My dream is true. ", count: 60).utf8, to: "text").path
    func perplexity(stride: String) throws -> Double {
      let json = try Program.run(
        "score", "--file", file, "--stride", stride, "--format", "json", "--device", device
      ).json
      #expect(json["stride"]?.integer == Int(stride) && json["logprobs"]?.array?.count == json["tokens"]?.array?.count)
      #expect(json["logprobs"]?.array?.count { $0.isNull } == 1)
      return try #require(json["perplexity"]?.number)
    }
    #expect(try perplexity(stride: "250") != perplexity(stride: "60"))
    let text = try Program.run("score", "--file", file, "--device", device)
    #expect(text.status == 0 && text.output.contains("perplexity") && text.output.contains("bits per byte"))
  }

  @Test func impossibleInputIsAUsageError() throws {
    for (arguments, message) in [
      ([], "nothing to score"), (["a", "--tokens", "1"], "one text"), ([""], "nothing to score"),
      (["--tokens", "99999"], "token id 99999"), (["a", "--stride", "0"], "stride is 0"),
      (["--file", "/no/such/file"], "cannot be read"),
      (["--tokens", Array(repeating: "1", count: 300).joined(separator: ","), "--stride", "256"], "1 to 255"),
    ] {
      let run = try Program.run(["score", "--device", device] + arguments)
      #expect(run.status == 2 && run.errors.contains(message) && run.output.isEmpty, "\(arguments): \(run.errors)")
    }
    #expect(try Program.run("score", "a", "--device", "no such device").status == 5)
  }
}
