import ArgumentParser
import Benchmarking
import JSON

/// `gpt2-gpu bench compare`: the rows that became faster or slower.
struct BenchCompare: MessagingCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare two results of 'bench --format json', row by row.",
    discussion: """
      A rate counts as changed where the ranges of its measurements do not touch, and the medians differ by the \
      threshold. Exit codes: 0 nothing got slower, 3 something did, 2 the results are of different work.

      Example:
        gpt2-gpu bench compare before.json after.json
      """)

  @Argument(help: "The earlier result.") var before: String
  @Argument(help: "The later result.") var after: String
  @Option(parsing: .unconditional, help: ArgumentHelp("Percent of change that count.", valueName: "percent"))
  var threshold = 2.0
  @OptionGroup var format: FormatOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    if !(0...100 ~= threshold) { throw ValidationError("--threshold must be from 0 to 100.") }
  }

  func run() throws {
    let comparison = try Comparison(file(before), file(after), threshold: threshold / 100)
    try Output.results.print(format.format == .json ? comparison.json.text + "\n" : comparison.text)
    if comparison.isSlower { throw BenchEnd(exitCode: 3, message: "Something got slower.") }
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
