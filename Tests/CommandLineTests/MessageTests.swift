import JSON
import TestSupport
import Testing

/// How much commands say, and the defaults that the environment has for their flags.
@Suite struct MessageTests {
  /// Those that have subcommands parse nothing themselves.
  private static func leaves(_ command: JSON) -> [JSON] {
    let below = command["subcommands"]?.array ?? []
    return below.isEmpty ? [command] : below.flatMap(leaves)
  }

  @Test func everyCommandCanBeQuiet() throws {
    let help = try Program.run("--experimental-dump-help").json
    let commands = Self.leaves(try #require(help["command"])).filter { $0["commandName"]?.string != "help" }
    #expect(commands.count > 10)
    for command in commands {
      let flags = (command["arguments"]?.array ?? []).compactMap { $0["preferredName"]?["name"]?.string }
      #expect(flags.contains("quiet") && flags.contains("verbose"), "\(command["commandName"]?.string ?? "")")
    }
  }

  @Test(.requiresDevice) func quietAndVerbose() throws {
    let command = ["generate", "My dream is", "--max-new-tokens", "1", "--device", "0"]
    let quiet = try Program.run(command + ["-q"])
    #expect(quiet.status == 0 && quiet.errors.isEmpty && quiet.output.hasPrefix("My dream is"), "\(quiet.errors)")
    let verbose = try Program.run(command + ["--verbose"])
    #expect(verbose.errors.contains("The seed is ") && verbose.errors.contains("demo computes on device 0 ("))
    #expect(verbose.errors.contains(" in fp16, "))
    #expect(verbose.errors.contains("Done after ") && verbose.errors.contains(" new tokens "))
  }

  @Test func errorsAreNeverQuiet() throws {
    let error = try Program.run("tokenize", "x", "--model", "./no/such/folder", "--quiet")
    #expect(error.status == 4 && error.errors.contains("there is no such folder"))
    let both = try Program.run("tokenize", "x", "--quiet", "--verbose")
    #expect(both.status == 2 && both.errors.contains("--quiet and --verbose are opposites"))
  }

  @Test func theEnvironmentNamesAModel() throws {
    let environment: [String: String?] = ["GPT2_GPU_MODEL": "./no/such/folder"]
    for command in [["tokenize", "x"], ["inspect"], ["score", "x"], ["generate", "--show-config"]] {
      let run = try Program.run(command, environment: environment)
      #expect(run.status == 4 && run.errors.contains(" (GPT2_GPU_MODEL names it)"), "\(run.errors)")
    }
    let flag = try Program.run(["tokenize", "x", "--model", "./none"], environment: environment)
    #expect(flag.status == 4 && flag.errors.contains("./none") && !flag.errors.contains("GPT2_GPU_MODEL"))
    try Program.run(["tokenize", "x"], environment: ["GPT2_GPU_MODEL": ""]).check()
  }

  @Test func showConfigSaysWhereTheModelComesFrom() throws {
    let folder = try TemporaryFolder.demo()
    let byVariable = try Program.run(
      ["generate", "--show-config", "--format", "json"], environment: ["GPT2_GPU_MODEL": folder.path])
    #expect(try byVariable.json["model"]?["source"]?.string == "GPT2_GPU_MODEL")
    #expect(try byVariable.json["model"]?["value"]?.string == folder.path)
    let byFlag = try Program.run("generate", "--show-config", "--model", folder.path)
    #expect(byFlag.output.split(separator: "\n")[0].hasSuffix("--model"), "\(byFlag.output)")
    let words = try Program.run("generate", "--show-config").output.split(separator: " ").prefix(2)
    #expect(words == ["model", "demo"])
  }

  @Test func theEnvironmentNamesADevice() throws {
    let environment: [String: String?] = ["GPT2_GPU_DEVICE": "99"]
    for command in [["generate", "x"], ["bench"], ["doctor"], ["tune"]] {
      let run = try Program.run(command, environment: environment)
      #expect(run.status == 5 && run.errors.contains("(GPT2_GPU_DEVICE names it.)"), "\(command): \(run.errors)")
    }
    let flag = try Program.run(["generate", "x", "--device", "98"], environment: environment)
    #expect(flag.status == 5 && flag.errors.contains("number 98") && !flag.errors.contains("GPT2_GPU_DEVICE"))
    let list = try Program.run("devices", environment: environment)
    #expect(list.status == 0 && list.errors.contains("GPT2_GPU_DEVICE is 99, which names no device here."))
    let known = try Program.run("devices", environment: ["GPT2_GPU_DEVICE": "cpu"])
    #expect(known.errors.contains("GPT2_GPU_DEVICE is cpu: without --device, cpu computes."), "\(known.errors)")
  }
}
