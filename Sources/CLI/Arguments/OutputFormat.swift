import ArgumentParser

/// How results are printed.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  /// For people.
  case text
  /// For programs: one JSON document on one line.
  case json
}

/// The form of the results.
struct FormatOptions: ParsableArguments {
  @Option(help: "How to print results.")
  var format = OutputFormat.text
}
