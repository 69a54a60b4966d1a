import ArgumentParser
import Benchmarking
import JSON

/// `gpt2-gpu bench compare`: the rows that became faster or slower.
struct BenchCompare: MessagingCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare two results of 'bench --format json', row by row.",
    usage: "gpt2-gpu bench compare [<options>] <before> <after>",
    discussion: """
      A rate counts as changed where the ranges of its measurements do not touch, and the medians differ by the \
      threshold. Rows that only one of the results has are listed.

      Exit codes:
        0  nothing got slower
        2  the results have no work in common
        3  something got slower

      Example:
        gpt2-gpu bench compare before.json after.json
      """)

  @Argument(help: "The earlier result.") var before: String
  @Argument(help: "The later result.") var after: String
  @Option(parsing: .unconditional, help: ArgumentHelp("Percent of change that count.", valueName: "percent"))
  var threshold = 2.0
  @Flag(help: "Refuse results of which one has rows that the other lacks.") var strict = false
  @OptionGroup var format: FormatOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    if !(0...100 ~= threshold) { throw ValidationError("--threshold must be from 0 to 100.") }
  }

  func run() throws {
    let comparison = try Comparison(file(before), file(after), threshold: threshold / 100, isStrict: strict)
    switch format.format {
    case .json: try Output.results.print(comparison.json.text + "\n")
    // A table in Markdown goes into a file or a message as it is.
    case .text:
      try Output.results.print(
        Output.results.isTerminal ? ComparisonText(comparison: comparison).text : comparison.text)
    }
    if comparison.isSlower { throw CommandEnd(exitCode: 3, message: "Something got slower.") }
  }

  private func file(_ path: String) throws -> BenchFile {
    let text = try TextInput.file(path).text()
    do {
      return try BenchFile(name: path, try JSON(parsing: text))
    } catch let error as JSON.ParsingError {
      throw UsageError("\(path) is \(error).")
    }
  }
}
