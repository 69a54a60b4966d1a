import ArgumentParser
import JSON
import TestSupport
import Testing

@testable import CLI

/// What ArgumentParser says, with its full stop and what to do.
@Suite struct ParserWordsTests {
  @Test(arguments: [
    (["generate", "x", "--seed"], "Missing value for '--seed <number>'. Put it behind the option."),
    (["generate", "x", "-n"], "Missing value for '-n'. Put it behind the option."),
    (
      ["generate", "x", "--stop", "--greedy"],
      "Missing value for '--stop <string>'. '--greedy' behind it is an option; where that is the value, write "
        + "--stop=--greedy."
    ),
    (
      ["generate", "x", "--temperature", "warm"],
      "The value 'warm' is invalid for '--temperature <number>'. It takes a number, such as 0.7."
    ),
    (
      ["generate", "--prompt-tokens", "1,a"],
      "The value '1,a' is invalid for '--prompt-tokens <1,2,3>'. It takes token ids with commas between them, such as "
        + "1,2,3."
    ),
    (
      ["generate", "x", "--seed", "-1"],
      "The value '-1' is invalid for '--seed <number>': a seed is a whole number from 0 to 18446744073709551615."
    ),
    (["generate", "x", "--bogus"], "Unknown option '--bogus'."),
    (
      ["generate", "x", "--greedy=1"],
      "The option '--greedy' does not take any value, but '1' was specified. Write --greedy alone."
    ),
    (
      ["generate", "x", "--stream=1"],
      "The option '--stream' does not take any value, but '1' was specified. Write --stream alone, or --no-stream for "
        + "its opposite."
    ),
    (["devices", "x"], "Unexpected argument 'x'. Leave it out, or put it behind the option that it is for."),
    (
      ["bench", "compare", "a", "b", "c", "d"],
      "2 unexpected arguments: 'c', 'd'. Leave them out, or put them behind the option that they are for."
    ),
    (
      ["cache", "bogus"],
      "Unexpected argument 'bogus'. Leave it out, or name a command of 'cache': list or clear."
    ),
    (["pull"], "Missing expected argument '<org/name> ...'. Give it, as in 'gpt2-gpu pull <org/name> ...'."),
    (
      ["bench", "compare", "a"],
      "Missing expected argument '<after>'. Give it, as in 'gpt2-gpu bench compare <after>'."
    ),
    (["batch", "--out", "-"], "Missing expected argument '--in <file>'. Give it, as in 'gpt2-gpu batch --in <file>'."),
  ])
  func sayWhatToDo(_ arguments: [String], sentence: String) throws {
    let run = try Program.run(arguments)
    #expect(run.status == 2 && run.output.isEmpty)
    #expect(run.errors.hasPrefix("gpt2-gpu: \(sentence)\n"), "\(run.errors)")
    #expect(run.errors.contains("\nSee 'gpt2-gpu ") && run.errors.hasSuffix(" --help' for more information.\n"))
  }

  /// An option of a command, by the words before it, and what it is to be given.
  private struct Option {
    let path: [String]
    let flag: String
    let valueName: String
  }

  private static func options(_ command: JSON, _ path: [String] = []) -> [Option] {
    let own = (command["arguments"]?.array ?? []).filter { $0["kind"]?.string == "option" }.compactMap { argument in
      let name = argument["preferredName"]
      let dashes = name?["kind"]?.string == "short" ? "-" : "--"
      return name?["name"]?.string.map {
        Option(path: path, flag: dashes + $0, valueName: argument["valueName"]?.string ?? "")
      }
    }
    return (command["subcommands"]?.array ?? []).reduce(own) { found, inner in
      found + options(inner, path + [inner["commandName"]?.string ?? ""])
    }
  }

  /// What is said of arguments; nil where they can be parsed.
  private static func advice(_ arguments: [String]) -> String? {
    do {
      _ = try BatchResults.arguments(of: arguments).map(BatchResults.parseAsRoot) ?? RootCommand.parseAsRoot(arguments)
      return nil
    } catch {
      return UsageAdvice(for: error, of: RootCommand.self, arguments: arguments).text
    }
  }

  /// Of every kind of value that some option takes: the words go by its name, of which a new one is easily made.
  @Test(.enabled(if: Tier.isFull, "Parsing takes long where it is not optimized."))
  func everyKindOfValueIsExplained() throws {
    let help = try Program.run("--experimental-dump-help").json
    let options = Self.options(try #require(help["command"]))
    let kinds = Dictionary(options.map { ($0.valueName, $0) }) { first, _ in first }
    var explained: Set<String> = []
    for (kind, option) in kinds {
      let words = option.path + [option.flag]
      let missing = Self.advice(words) ?? ""
      #expect(missing.hasPrefix("Missing value for '\(option.flag)"), "\(words): \(missing)")
      #expect(missing.contains("'. Put it behind the option.\n"), "\(missing)")
      guard let text = Self.advice(words + ["§"]), text.contains("is invalid for") else { continue }
      explained.insert(kind)
      // A list of values follows in lines of its own.
      if text.contains(". Please provide one of the following:\n  - ") { continue }
      let line = text.prefix { $0 != "\n" }
      #expect(["'. It takes ", "'. Please provide one of '", ">': "].contains { line.contains($0) }, "\(line)")
      #expect(line.hasSuffix("."), "\(line)")
    }
    #expect(options.count > 100 && explained.isSuperset(of: ["number", "count", "1,2,3", "seconds", "share", "port"]))
  }
}
