import ArgumentParser
import Batch

/// `gpt2-gpu batch verify`: whether a job's results are whole.
struct Verify: MessagingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell whether the results of a batch job are whole: every item once, of one job.",
    usage: "gpt2-gpu batch verify [<options>] <parts> ... --in <file>",
    discussion: """
      Results of one shard are compared with the items of that shard.

      Exit codes:
        0  every item has its text, and all were written in one way
        2  the parts do not belong together, or to the items
        3  something is missing or twice, items have errors, or devices differed

      Example:
        gpt2-gpu batch verify texts.jsonl --in prompts.jsonl
      """)

  @OptionGroup(title: "Parts") var results: ResultOptions
  @OptionGroup var format: FormatOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    if results.input == nil { throw ValidationError("verify compares results with their items: give --in FILE.") }
  }

  func run() throws {
    let report = try results.open().run { _ in }
    try results.tell(report, as: format.format)
    if !report.differences.isEmpty || !report.undescribed.isEmpty {
      throw IncompleteResults(description: "It is not known that all was written in one way.")
    }
  }
}
