import JSON
import TestSupport
import Testing

/// Where results go, and how the program ends.
@Suite struct OutputTests {
  @Test func helpAndVersionAreResults() throws {
    let version = try Program.run("--version")
    #expect(version.status == 0 && version.output.contains(".") && version.errors.isEmpty)
    for arguments: [String] in [[], ["--help"], ["generate", "--help"], ["help", "inspect"]] {
      let help = try Program.run(arguments)
      #expect(help.status == 0 && help.output.contains("USAGE: gpt2-gpu") && help.errors.isEmpty)
    }
  }

  @Test(arguments: ["", "trap '' PIPE"])
  func aClosedPipeEndsQuietly(_ handling: String) throws {
    let folder = try TemporaryFolder()
    // A pipe that had a reader when it was opened, and has none when it is written to.
    let run = try Program.shell(
      """
      mkfifo "\(folder.path)/pipe"; exec 3<>"\(folder.path)/pipe" 4>"\(folder.path)/pipe" 3<&-
      \(handling)
      "$PROGRAM" inspect >&4
      """)
    #expect(run.status == 141 && run.output.isEmpty && run.errors.isEmpty, "\(run.errors)")
  }

  @Test func aFullDiskIsToldApart() throws {
    let run = try Program.shell(#""$PROGRAM" inspect > /dev/full"#)
    #expect(run.status == 6 && run.errors.contains("standard output cannot be written: No space left on device."))
  }

  @Test(arguments: [("INT", 130), ("TERM", 143)] as [(String, Int32)])
  func signalsEndTheProgram(_ signal: String, status: Int32) throws {
    let folder = try TemporaryFolder()
    // The pipe opens for writing when the program, long started, opens it to wait for a line that will not come.
    let run = try Program.shell(
      """
      mkfifo "\(folder.path)/pipe"
      "$PROGRAM" tokenize --file "\(folder.path)/pipe" & exec 3>"\(folder.path)/pipe"
      kill -\(signal) $!; wait $!
      """)
    #expect(run.status == status && run.output.isEmpty)
  }

  /// PoCL's compiler has handlers of its own for crashes, and for this signal, which ignore the first.
  @Test(.requiresDevice, .timeLimit(.minutes(60)))
  func aQuitEndsTheProgramAtOnce() throws {
    let folder = try TemporaryFolder()
    let run = try Program.shell(
      """
      cd "\(folder.path)"; mkfifo pipe; ulimit -c 0
      "$PROGRAM" batch --in pipe --out out --max-new-tokens 2 & job=$!
      exec 3>pipe; echo '{"prompt":"x"}' >&3
      await $job '[ -s out ]'
      kill -QUIT $job; wait $job
      """)
    #expect(run.status == 131, "\(run.errors)")
  }

  @Test func showsTheSettingsWithoutADevice() throws {
    let run = try Program.run("generate", "--show-config", "--top-p", "0.5", "-n", "1k", "--format", "json")
    let json = try run.json
    #expect(json["preset"]?.string == "card")
    #expect(json["settings"]?["top_p"]?["value"]?.number == 0.5)
    #expect(json["settings"]?["top_p"]?["source"]?.string == "--top-p")
    #expect(json["settings"]?["num_return_sequences"]?["value"]?.integer == 1000)
    #expect(json["settings"]?["prefix"]?["value"]?.string == "<|endoftext|>")
    let table = try Program.run("generate", "--show-config", "--preset", "hf5").output
    #expect(table.contains("hf5") && table.contains("generation_config.json"))
  }
}
