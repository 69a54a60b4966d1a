import JSON
import TestSupport
import Testing

/// Guessing from the command line.
@Suite(.serialized, .requiresDevice) struct SpeculationCommandTests {
  private static let prompt = "To be, or not to be: to be, or not to be. To be, or"

  @Test(arguments: [["--greedy"], ["--seed", "7", "-n", "2"], ["--seed", "7", "--repetition-penalty", "1.2"]])
  func guessesChangeNoText(_ options: [String]) throws {
    let folder = try TemporaryFolder.demo()
    let run = { (more: [String]) in
      try Program.run(["generate", Self.prompt, "--max-new-tokens", "40", "--ignore-eos"] + options + more)
    }
    let plain = try run([])
    plain.check()
    #expect(try run(["--prompt-lookup"]).output == plain.output)
    #expect(try run(["--draft", folder.path]).output == plain.output)
  }

  @Test func whatWasGuessedIsTold() throws {
    let run = try Program.run(
      "generate", Self.prompt, "--greedy", "--max-new-tokens", "40", "--prompt-lookup", "--format", "json")
    let timings = try run.json["timings"]
    let (guessed, right) = (timings?["guessed_tokens"]?.integer, timings?["right_guesses"]?.integer)
    #expect(try #require(guessed) >= #require(right))
  }

  @Test func anOrderOfSumsThatChangesIsTold() throws {
    let run = try Program.run("generate", "x", "--max-new-tokens", "1", "--device", "cpu", "--prompt-lookup")
    #expect(run.status == 0 && run.errors.contains("guesses may change a text"))
  }

  @Test func onlyOneGuesses() throws {
    let run = try Program.run("generate", "x", "--prompt-lookup", "--draft", "y")
    #expect(run.status == 2 && run.errors.contains("give one of them"))
  }
}
