import Foundation
import TestSupport
import Testing

/// Models that cannot be used: exit code 4, and a sentence that names the file.
@Suite struct ModelTests {
  private func expectRefusal(_ folder: TemporaryFolder, _ sentence: String) throws {
    let run = try Program.run("generate", "x", "--model", folder.path)
    #expect(run.status == 4 && run.output.isEmpty)
    #expect(run.errors.contains(sentence) && run.errors.contains(folder.path), "\(run.errors)")
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
  }
}
