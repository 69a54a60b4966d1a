import ArgumentParser
import Batch
import JSON

/// Files of results, and what they are compared with.
struct ResultOptions: ParsableArguments {
  @Argument(help: "Files of results, each of a part of the job.") var parts: [String]
  @Option(name: .customLong("in"), help: ArgumentHelp("The items of the job.", valueName: "file"))
  var input: String?
  @Flag(help: "Each line of --in is a prompt, as for batch --text; known where PART.job.json lies beside a part.")
  var text = false

  func open() throws -> ResultMerge { try ResultMerge(parts, input: input, isText: text) }

  /// Says what was found.
  ///
  /// - Throws: ``IncompleteResults`` where that is not a text for each item.
  func tell(_ report: MergeReport, as format: OutputFormat) throws {
    for notice in report.differences { Output.notice(notice) }
    for path in report.undescribed {
      Output.notice("\(path) has no \(path).job.json beside it, so that nothing says of which job it is.")
    }
    switch format {
    case .json: try Output.results.print(report.json.text + "\n")
    case .text: Output.notice(report.summary)
    }
    if !report.problems.isEmpty { throw IncompleteResults(description: report.problems.joined(separator: "\n")) }
    if report.errors > 0 {
      throw IncompleteResults(
        description: report.errors == 1
          ? "One item has an error instead of a text." : "\(report.errors) items have errors instead of texts.")
    }
  }
}

/// Results that are not all of what a job was to write.
struct IncompleteResults: Error, CustomStringConvertible {
  let description: String
}
