import Foundation
import JSON
import TestSupport
import Testing

/// What a person sees on a terminal: texts as they come, bars, tables, colours.
@Suite(.serialized, .requiresDevice) struct TerminalTests {
  private static let prompt = "My dream is"

  @Test func oneTextStreamsAndItsBytesAreTheSame() throws {
    let arguments = ["generate", Self.prompt, "--seed", "7", "--max-new-tokens", "200"]
    let piped = try Program.run(arguments)
    // That the prompt comes long before the end is seen at least once in three times, however busy the machine is.
    let isStream = try (0..<3).contains { _ in
      let run = try TerminalRun(arguments)
      run.wait(for: /My/)
      let isEarly = run.text.count < piped.output.count / 2
      #expect(run.status() == 0 && run.screen == piped.output)
      return isEarly
    }
    #expect(isStream)
    let whole = try TerminalRun(arguments + ["--no-stream"])
    #expect(whole.status() == 0 && whole.screen == piped.output)
  }

  @Test(.enabled(if: Tier.isFull))
  func severalTextsComeInOrderUnderABar() throws {
    let arguments = ["generate", Self.prompt, "--seed", "7", "-n", "90", "--max-new-tokens", "60"]
    let run = try TerminalRun(arguments, columns: 40)
    #expect(run.status() == 0)
    #expect(try run.screen == Program.run(arguments).output)
    let bars = run.drawn.filter { $0.contains(" of 90 texts") }
    #expect(!bars.isEmpty && bars.allSatisfy { $0.count < 40 }, "\(bars)")
  }

  @Test func anInterruptKeepsTheFinishedTexts() throws {
    let run = try TerminalRun(["generate", Self.prompt, "--seed", "7", "-n", "100000", "--max-new-tokens", "20"])
    #expect(run.wait(for: /--- 1 of 100000 ---/))
    run.interrupt()
    #expect(run.status() == 130)
    let texts = run.screen.matches(of: /--- [0-9]+ of 100000 ---/).count
    let notice = try #require(run.screen.firstMatch(of: /Interrupted: ([0-9]+) of 100000 texts w/))
    #expect(texts > 0 && Int(notice.output.1) == texts, "\(texts)")
    #expect(run.screen.contains("'gpt2-gpu batch'"))
  }

  @Test func anInterruptLeavesOneWholeDocument() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write([], to: "out")
    let run = try TerminalRun(
      ["generate", Self.prompt, "--seed", "7", "-n", "100000", "--format", "json"],
      output: FileHandle(forWritingTo: file))
    #expect(run.wait(for: /[1-9][0-9]* of 100000 texts/))
    run.interrupt()
    #expect(run.status() == 130)
    let json = try JSON(parsing: folder.read("out"))
    let sequences = try #require(json["sequences"]?.array)
    #expect(json["interrupted"]?.boolean == true && !sequences.isEmpty)
    let places = sequences.compactMap { $0["index"]?.integer }
    #expect(places.count == sequences.count && places == places.sorted())
    #expect(sequences.allSatisfy { !($0["finish_reason"]?.isNull ?? true) })
  }

  /// Before a text is finished there is nothing to lose.
  @Test func anInterruptBeforeTheFirstTextEndsAtOnce() throws {
    let run = try TerminalRun(["generate", Self.prompt, "--seed", "7", "-n", "100000", "--ignore-eos"])
    #expect(run.wait(for: /So many texts/))
    run.interrupt()
    #expect(run.status() == 130 && !run.text.contains("---"))
  }

  @Test func scoreTellsHowFarItIsAndKeepsThat() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(String(repeating: "My dream is true. ", count: 20_000).utf8, to: "text").path
    let run = try TerminalRun(["score", "--file", text, "--stride", "16"], columns: 40)
    #expect(run.wait(for: /of [0-9]+ tokens/))
    run.interrupt()
    #expect(run.status() == 130)
    #expect(run.screen.contains("the first ") && run.screen.contains("perplexity"), "\(run.screen)")
    #expect(run.drawn.filter { $0.contains("tokens/s") }.allSatisfy { $0.count < 40 })
  }

  @Test(arguments: Tier.isFull ? [40, 80, 200] : [40])
  func barsFitTheWindow(_ columns: Int) throws {
    let folder = try BatchCommandTests.folder(
      (0..<100_000).map { #"{"prompt":"My dream \#($0)","n":2,"max_new_tokens":9}"# })
    let run = try TerminalRun(
      ["batch", "--in", "\(folder.path)/in", "--out", "\(folder.path)/out", "--seed", "7"], columns: columns)
    #expect(run.wait(for: /of 100000 \(/))
    run.resize(to: 24)
    let before = run.drawn.count
    run.wait(for: /(?s)of 100000.*of 100000.*of 100000/)
    run.interrupt()
    #expect(run.status() == 130)
    let bars = run.drawn.enumerated().filter { $0.element.contains("of 100000") }
    #expect(bars.allSatisfy { $0.element.count < columns })
    #expect(bars.filter { $0.offset > before }.allSatisfy { $0.element.count < 24 }, "\(bars)")
  }

  @Test(.enabled(if: Tier.isFull))
  func resultsHaveTheirOwnLinesOnASharedTerminal() throws {
    let folder = try BatchCommandTests.folder(
      (0..<300).map { #"{"prompt":"My dream \#($0)","max_new_tokens":\#(20 + $0 % 40)}"# })
    let run = try TerminalRun(["batch", "--in", "\(folder.path)/in", "--out", "-", "--seed", "7"], columns: 2000)
    #expect(run.status() == 0)
    let results = run.screen.split(separator: "\n").filter { $0.contains("\"id\"") }
    #expect(results.count == 300 && results.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
    #expect(run.drawn.contains { $0.contains("of 300 (") })
  }

  @Test(
    .enabled(if: Tier.isFull),
    arguments: [
      ["devices"], ["doctor", "--device", "cpu"],
      ["bench", "--device", "cpu", "--prompt-tokens", "3,300", "--new-tokens", "4", "--repeat", "2", "--warm-up", "0"],
      ["inspect"], ["generate", "--show-config"],
    ])
  func tablesFitEightyColumns(_ arguments: [String]) throws {
    // What is to be compiled is compiled first: that is said in a sentence, no table.
    #expect(try Program.run(arguments).status == 0)
    let run = try TerminalRun(arguments)
    #expect(run.status() == 0)
    for line in run.drawn { #expect(line.count <= 80, "\(line)") }
  }

  @Test func benchPrintsMarkdownWhereThereIsNoTerminal() throws {
    let small = ["bench", "--device", "cpu", "--prompt-tokens", "3", "--new-tokens", "4", "--repeat", "1"]
    #expect(try Program.run(small).output.contains("| decode tok/s |"))
    #expect(try !Program.run(small + ["--format", "text"]).output.contains("|"))
  }

  @Test func coloursAreForTerminalsThatHaveThem() throws {
    let wrong = ["generate", "x", "--device", "99"]
    let red = "\u{1B}[1;31mgpt2-gpu:"
    func text(_ environment: [String: String]) throws -> String {
      let run = try TerminalRun(wrong, environment: environment)
      #expect(run.status() == 5)
      return run.text
    }
    #expect(try text([:]).contains(red))
    for environment in [["NO_COLOR": "1"], ["TERM": "dumb"]] {
      #expect(try text(environment).hasPrefix("gpt2-gpu:"), "\(environment)")
    }
    #expect(try Program.run(wrong).errors.hasPrefix("gpt2-gpu:"))
  }
}
