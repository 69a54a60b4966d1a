import TestSupport
import Testing

/// `batch merge` and `batch verify`, as far as the command line goes.
@Suite struct MergeCommandTests {
  private let folder: TemporaryFolder
  private let items: String
  private let parts: [String]

  /// Four items, and their results in two parts that nothing describes.
  init() throws {
    let folder = try TemporaryFolder()
    func write(_ name: String, _ lines: [String]) throws -> String {
      try folder.write((lines.joined(separator: "\n") + "\n").utf8, to: name)
      return folder.path(name)
    }
    let results = (0..<4).map { #"{"id":"i\#($0)","index":\#($0),"text":"x","tokens":1}"# }
    self.folder = folder
    items = try write("items", (0..<4).map { #"{"id":"i\#($0)","prompt":"My dream is"}"# })
    parts = try [write("part0", [results[3], results[1]]), write("part1", [results[0], results[2]])]
  }

  @Test func exitCodesSayWhatWasFound() throws {
    let out = folder.path("out")
    let merged = try Program.run(["batch", "merge"] + parts + ["--in", items, "-o", out])
    merged.check()
    let text = try folder.read("out")
    #expect(text.split(separator: "\n").map { String($0.prefix(10)) } == (0..<4).map { #"{"id":"i\#($0)""# })
    // Nothing is written over.
    let again = try Program.run(["batch", "merge", parts[0], "--out", out])
    #expect(again.status == 2 && again.errors.contains("merge writes over nothing"))
    #expect(try folder.read("out") == text)

    let missing = try Program.run("batch", "merge", parts[0], "--in", items, "--out", folder.path("less"))
    #expect(missing.status == 3 && missing.errors.contains("2 items have no result: i0, i2."))
    let twice = try Program.run(["batch", "merge"] + parts + [parts[1], "--in", items, "--out", folder.path("twice")])
    #expect(twice.status == 3 && twice.errors.contains("2 results are of items that have one already: i0, i2."))
    let verified = try Program.run("batch", "verify", out, "--in", items)
    #expect(verified.status == 3 && verified.errors.contains("It is not known that all was written in one way."))
  }

  /// One that is set but empty counts as not set; one that cannot be used is a wrong argument.
  @Test func temporaryFilesLieInAFolder() throws {
    let merge = ["batch", "merge"] + parts + ["--in", items, "--out", "-"]
    try Program.run(merge, environment: ["TMPDIR": ""]).check()
    let none = folder.path("none")
    let run = try Program.run(merge, environment: ["TMPDIR": none])
    #expect(run.status == 2 && run.errors.contains("No temporary file can be made in \(none): No such"))
  }

  @Test func textIsAFlag() throws {
    try folder.write("a\n\n{}\n".utf8, to: "text")
    let lines = (0..<3).map { #"{"id":\#($0 + 1),"index":\#($0),"text":"x","tokens":1}"# }
    try folder.write((lines.joined(separator: "\n") + "\n").utf8, to: "part")
    let merge = ["batch", "merge", folder.path("part"), "--in", folder.path("text"), "--out", "-"]
    #expect(try Program.run(merge).status == 3)
    let whole = try Program.run(merge + ["--text"])
    whole.check()
    #expect(whole.output.split(separator: "\n").map(String.init) == lines)
  }

  @Test func helpAndCompletionsNameThem() throws {
    let help = try Program.run("batch", "--help").output
    #expect(help.contains("--in <file>") && help.contains("\n  merge ") && help.contains("\n  verify "))
    #expect(try Program.run("help", "batch", "merge").output == Program.run("batch", "merge", "--help").output)
    #expect(try !Program.run("--help").output.contains("\n  merge "))
    for shell in ["bash", "zsh", "fish"] {
      let script = try Program.run("--generate-completion-script", shell).output
      #expect(script.contains(shell == "fish" ? "batch merge" : "batch_merge"), "\(shell)")
    }
  }

  @Test func wrongArgumentsAreThoseOfTheCommand() throws {
    let run = try Program.run("batch", "merge", "--in", items)
    #expect(run.status == 2 && run.errors.contains("'gpt2-gpu batch merge --help'"), "\(run.errors)")
    let misspelled = try Program.run(["batch", "merge"] + parts + ["--inn", items, "--out", folder.path("out")])
    #expect(misspelled.status == 2 && misspelled.errors.contains("Did you mean '--in'?"), "\(misspelled.errors)")
  }
}
