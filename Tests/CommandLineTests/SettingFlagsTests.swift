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

  @Test(arguments: Setting.allCases.filter { $0.flag != nil })
  func aFlagSetsItsRow(_ setting: Setting) throws {
    let row = setting.row
    let flag = try #require(row.flag)
    let given: [String: (argument: String?, shown: String)] = [
      "true or false": (nil, setting == .doSample ? "false" : "true"), "a number": ("0.5", "0.5"),
      "a whole number": ("1k", "1000"), "a string": ("x", "\"x\""), "a string or a list of strings": ("x", "[\"x\"]"),
      "a list of lists of token ids": ("a", ""),
    ]
    let (argument, shown) = try setting == .seed ? ("7", "7") : #require(given[row.kindName])
    let run = try Program.run(
      ["generate", "--show-config", "--format", "json", flag] + (argument.map { [$0] } ?? []))
    run.check()
    let value = try #require(try run.json["settings"]?[setting.rawValue])
    #expect(value["source"]?.string == flag)
    // Words become the tokens that the model has for them.
    if setting != .badWords { #expect(value["value"]?.text == shown) }
    if row.kindName == "a whole number" {
      #expect(try Program.run("generate", "--show-config", flag, "1.5").errors.contains("is invalid for"))
    }
  }
}
