import Foundation
import JSON
import TestSupport
import Testing

/// Models that cannot be used: exit code 4, and a sentence that names the file.
@Suite struct ModelTests {
  private func expectRefusal(_ folder: TemporaryFolder, _ sentence: String) throws {
    let run = try Program.run("generate", "x", "--model", folder.path)
    #expect(run.status == 4 && run.output.isEmpty)
    #expect(run.errors.contains(sentence) && run.errors.contains(folder.path), "\(run.errors)")
  }

  /// The weights are read after the prompt, which the test holds back until the file is cut.
  @Test(.timeLimit(.minutes(60)))
  func aFileThatIsCutShortWhileItIsReadIsNamed() throws {
    let folder = try TemporaryFolder.demo()
    for device in ["cpu"] + (Program.hasDevice ? ["0"] : []) {
      let run = try Program.shell(
        """
        cd "\(folder.path)"; rm -f pipe; mkfifo pipe; cp model.safetensors whole
        "$PROGRAM" generate --model . --device \(device) - <pipe & job=$!
        exec 3>pipe
        await $job 'grep -q model.safetensors /proc/$job/maps'
        truncate -s 100000 model.safetensors; echo x >&3; exec 3>&-
        wait $job; status=$?; mv whole model.safetensors; exit $status
        """)
      #expect(run.status == 4 && run.output.isEmpty, "\(device) \(run.status)")
      #expect(run.errors.contains("./model.safetensors: was cut short"), "\(run.errors)")
    }
  }

  /// Another's folder; root may look into every one.
  @Test func aFolderThatMustNotBeLookedInto() throws {
    let folder = try TemporaryFolder.demo()
    let run = try Program.shell(
      """
      cd "\(folder.path)"; mkdir -p closed/model; cp *.json model.safetensors closed/model; chmod 000 closed
      chmod 755 .; other=; [ $(id -u) = 0 ] && other="setpriv --reuid 65534 --clear-groups"
      for model in closed closed/model; do $other "$PROGRAM" inspect $model; echo $?; done
      chmod 755 closed
      """)
    if run.errors.contains("setpriv: ") || run.output.contains("126") { return }
    #expect(run.output == "4\n4\n", "\(run.output)")
    #expect(run.errors.contains("closed/adapter_config.json: cannot be examined: Permission denied"), "\(run.errors)")
    #expect(run.errors.contains("closed/model: cannot be examined: Permission denied"), "\(run.errors)")
  }

  @Test func missingFolder() throws {
    let run = try Program.run("generate", "x", "--model", "./no/such/folder")
    #expect(run.status == 4 && run.errors.contains("./no/such/folder: there is no such folder"))
  }

  @Test func configurationThatIsNoJSON() throws {
    try expectRefusal(TemporaryFolder.demo { _ in "{\"n_layer\": " }, "not valid JSON")
  }

  @Test func unknownActivation() throws {
    let folder = try TemporaryFolder.demo { $0.replacingOccurrences(of: "gelu_new", with: "gelu_newer") }
    try expectRefusal(folder, "activation_function 'gelu_newer' is not known")
  }

  @Test func configurationThatContradictsTheTensors() throws {
    let folder = try TemporaryFolder.demo { $0.replacingOccurrences(of: "\"n_embd\": 256", with: "\"n_embd\": 128") }
    try expectRefusal(folder, "has shape")
  }

  @Test func truncatedWeights() throws {
    let folder = try TemporaryFolder.demo()
    let weights = try Data(contentsOf: folder.url.appending(path: "model.safetensors"))
    try folder.write(weights.dropLast(1000), to: "model.safetensors")
    try expectRefusal(folder, "model.safetensors")
  }

  @Test func aModelWithoutATokenizerTakesNoText() throws {
    let folder = try TemporaryFolder.demo()
    try FileManager.default.removeItem(at: folder.url.appending(path: "tokenizer.json"))
    let run = try Program.run("generate", "x", "--model", folder.path)
    #expect(run.status == 2 && run.errors.contains("has no tokenizer.json, vocab.json, vocab.txt or spiece.model"))
    let tokenize = try Program.run("tokenize", "x", "--model", folder.path)
    #expect(tokenize.status == 4 && tokenize.errors.contains("vocab.json"))

    // Its card's prefix is left out of token ids, and one that is asked for is not.
    let ids = ["generate", "--prompt-tokens", "5,6", "--max-new-tokens", "3", "--greedy", "--device", "cpu"]
    let left = try Program.run(ids + ["--model", folder.path])
    #expect(left.status == 0)
    #expect(left.errors.contains("prefix in config.json task_specific_params is text"), "\(left.errors)")
    let without = try Program.run(ids + ["--format", "json", "--prefix", "", "--model", folder.path]).json
    let json = try Program.run(ids + ["--format", "json", "--model", folder.path]).json
    let tokens = try [json, without].map { try #require($0["sequences"]?.array?.first?["tokens"]).text }
    #expect(tokens[0] == tokens[1] && tokens[0] != "[]")
    #expect(json["prompt_tokens"]?.text == "[5,6]")
    let asked = try Program.run(ids + ["--prefix", "So", "--model", folder.path])
    #expect(asked.status == 2)
    #expect(asked.errors.contains("--prefix is text, which has no meaning here"), "\(asked.errors)")
  }
}
