import ArgumentParser
import Batch

/// `gpt2-gpu batch merge`: the results of a job's parts as one file.
struct Merge: MessagingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put the results of a batch job's parts into one file.",
    usage: "gpt2-gpu batch merge [<options>] <parts> ... --out <file>",
    discussion: """
      The results stand in the order of the items, whatever the order in the parts. With --in, they are compared with the \
      items; without, items behind the last result cannot be missed. An item that has results in several parts keeps the \
      first, but a text rather than an error.

      Parts of different jobs are refused, by what batch keeps beside each of them in PART.job.json, and so are results of \
      different items in one place.

      Exit codes:
        0  every item has its text
        2  the parts do not belong together
        3  something is missing or twice, or items have errors; what there is has been written

      Example:
        gpt2-gpu batch merge part-*.jsonl --in prompts.jsonl --out texts.jsonl
      """)

  @OptionGroup(title: "Parts") var results: ResultOptions
  @Option(
    name: .customLong("out"), help: ArgumentHelp("The merged results; '-' is standard output.", valueName: "file"))
  var output: String
  @OptionGroup var format: FormatOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    if output == "-" && format.format == .json {
      throw ValidationError("--format json prints its report where --out - prints the results: give --out a file.")
    }
  }

  func run() throws {
    let merge = try results.open()
    let report = try merge.write(to: output)
    try results.tell(report, as: format.format)
  }
}
