import GPT2
import JSON
import Testing

/// The program's flags and the table of settings say the same.
@Suite struct SettingFlagsTests {
  /// A flag, as ArgumentParser knows it.
  private struct Flag {
    let name: String
    let help: String?
    let argument: String?
  }

  /// The flags under the title Writing, but for --preset, which says whose defaults hold, and the second half of pairs.
  private static func flags(of command: String) throws -> [Flag] {
    let help = try Program.run(command, "--experimental-dump-help").json
    let arguments = try #require(help["command"]?["arguments"]?.array)
    return try arguments.filter { $0["sectionTitle"]?.string == "Writing" }.map { argument in
      let name = try #require(argument["preferredName"])
      let dashes = name["kind"]?.string == "short" ? "-" : "--"
      return Flag(
        name: dashes + (try #require(name["name"]?.string)), help: argument["abstract"]?.string,
        argument: argument["kind"]?.string == "option" ? argument["valueName"]?.string : nil)
    }.filter { $0.name != "--preset" && !$0.name.hasPrefix("--no-return") }
  }

  @Test(arguments: ["generate", "batch"])
  func everyRowHasItsFlagAndEveryFlagItsRow(_ command: String) throws {
    let flags = try Self.flags(of: command)
    #expect(Set(flags.map(\.name)) == Set(Setting.table.compactMap(\.flag)))
    for row in Setting.table {
      guard let flag = flags.first(where: { $0.name == row.flag }) else { continue }
      #expect(flag.help == row.columns.help && flag.argument == row.columns.argument, "\(flag.name)")
      #expect((flag.argument == nil) == (row.kindName == "true or false"), "\(flag.name)")
    }
  }

  /// The names of a limit that say the same, of which one decides; and beams, which no string ends.
  private static let totals: Set<Setting> = [.maxLength, .minLength, .stop, .guidanceScale]
  private static let news: Set<Setting> = [.maxNewTokens, .minNewTokens, .beams, .echo]

  @Test(arguments: [totals, news])
  func flagsSetTheirRows(without: Set<Setting>) throws {
    let given: [String: (argument: String?, shown: String)] = [
      "true or false": (nil, "true"), "a number": ("0.5", "0.5"), "a whole number": ("1k", "1000"),
      "a string": ("x", "\"x\""), "a string or a list of strings": ("x", "[\"x\"]"),
      "a list of lists of token ids": ("a", ""), "a token id or a list of token ids": ("5", "[5]"),
      "an object of token ids and numbers": ("5=-3", #"{"5":-3.0}"#),
      "a list of pairs of a list of token ids and a number": ("1,2=0.5", "[[[1,2],0.5]]"),
      "a pair of a whole number and a number": ("15,1.5", "[15,1.5]"),
    ]
    let own: [Setting: String] = [
      .seed: "7", .beams: "4", .topLogProbabilities: "5", .earlyStopping: "never", .samples: "2",
    ]
    let rows = Setting.table.filter { $0.flag != nil && !without.contains($0.setting) }
    let arguments = try rows.flatMap { row in
      let value = try own[row.setting] ?? #require(given[row.kindName], "\(row.kindName)").argument
      return [try #require(row.flag)] + (value.map { [$0] } ?? [])
    }
    let run = try Program.run(["generate", "--show-config", "--format", "json"] + arguments)
    run.check()
    for row in rows {
      let value = try #require(try run.json["settings"]?[row.setting.rawValue])
      #expect(value["source"]?.string == row.flag)
      switch row.setting {
      case .badWords: break  // words become the tokens that the model has for them
      case .doSample: #expect(value["value"]?.text == "false")
      case .earlyStopping: #expect(value["value"]?.text == "\"never\"")
      case let setting where own[setting] != nil: #expect(value["value"]?.text == own[setting])
      default: #expect(value["value"]?.text == given[row.kindName]?.shown, "\(row.setting)")
      }
    }
  }

  @Test(arguments: Setting.table.filter { $0.kindName == "a whole number" }.compactMap(\.flag))
  func fractionsAreNoWholeNumbers(_ flag: String) throws {
    #expect(try Program.run("generate", "--show-config", flag, "1.5").errors.contains("is invalid for"))
  }
}
