import Testing

/// Every command's help.
@Suite struct HelpTests {
  @Test(arguments: [
    "", "generate", "batch", "score", "bench", "bench run", "bench compare", "devices", "doctor", "tune", "tokenize",
    "inspect", "pull", "batch merge", "batch verify",
  ])
  func fitsEightyColumns(_ command: String) throws {
    let help = try Program.run(command.split(separator: " ").map(String.init) + ["--help"])
    #expect(help.status == 0)
    for line in help.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    // Examples can be copied: a line that goes on says so to a shell.
    let lines = help.output.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() where line.hasSuffix("\\") {
      #expect(lines[number + 1].hasPrefix("    "), "\(line)")
    }
  }

  @Test func saysWhatTheDemoModelIs() throws {
    for command in [[], ["generate"]] {
      #expect(try Program.run(command + ["--help"]).output.contains("Shakespeare"))
    }
  }
}
