import JSON
import TestSupport
import Testing

@testable import Checkpoint

@Suite struct CheckpointTests {
  private func refusal(_ files: [String: [UInt8]], json: String = Fixture.json) -> String {
    message { () throws(CheckpointError) in try Checkpoint(files: Fixture.model(files, json: json)) }
  }

  /// Every form in which a model's tensors are found.
  static func files(_ form: String, _ tensors: [StoredTensor]) -> [String: [UInt8]] {
    let halves = [tensors.prefix(tensors.count / 2), tensors.dropFirst(tensors.count / 2)].map { Array($0) }
    switch form {
    case "safetensors": return ["model.safetensors": SafetensorsWriter.file(tensors)]
    case "zip": return ["pytorch_model.bin": PyTorchWriter.archive(tensors).file()]
    case "legacy": return ["pytorch_model.bin": PyTorchWriter.legacy(tensors)]
    case "sharded safetensors":
      return [
        "model.safetensors.index.json": index(halves, ["a.safetensors", "b.safetensors"]),
        "a.safetensors": SafetensorsWriter.file(halves[0]), "b.safetensors": SafetensorsWriter.file(halves[1]),
      ]
    default:
      return [
        "pytorch_model.bin.index.json": index(halves, ["a.bin", "b.bin"]),
        "a.bin": PyTorchWriter.archive(halves[0]).file(), "b.bin": PyTorchWriter.legacy(halves[1]),
      ]
    }
  }

  static let forms = ["safetensors", "zip", "legacy", "sharded safetensors", "sharded bin"]

  private static func index(_ shards: [[StoredTensor]], _ names: [String]) -> [UInt8] {
    let entries = zip(shards, names).flatMap { tensors, name in tensors.map { #""\#($0.name)": "\#(name)""# } }
    return Array(#"{"metadata": {}, "weight_map": {\#(entries.joined(separator: ","))}}"#.utf8)
  }

  @Test(arguments: forms, ["", "transformer.", "_orig_mod.module.transformer."])
  func readsEveryForm(form: String, prefix: String) throws {
    let stored = Fixture.tensors(prefix: prefix)
    let files = Self.files(form, stored + Fixture.masks(prefix: prefix))
    let checkpoint = try Checkpoint(files: Fixture.model(files), verify: true)
    #expect(checkpoint.configuration == Fixture.configuration)
    #expect(checkpoint.tensors.map(\.name) == Fixture.configuration.parameters.map(\.name))
    #expect(checkpoint.tensors.map(\.bytes) == stored.map(\.bytes))
    #expect(checkpoint.files.map(\.byteCount).reduce(0, +) > 1000)
    #expect(checkpoint.files.reduce(0) { $0 + ($1.scalarTypes[.uint8] ?? 0) } == 2)
    #expect(checkpoint.taskSpecificParameters?["text-generation"]?["max_length"]?.integer == 160)
    #expect(checkpoint.contains("h.1.attn.c_attn.bias"))
    #expect(!checkpoint.contains("h.1.attn.bias"))
  }

  @Test func readsAFolder() throws {
    let folder = try TemporaryFolder()
    for (name, bytes) in Self.files("zip", Fixture.tensors() + Fixture.masks()) { try folder.write(bytes, to: name) }
    try folder.write(Fixture.json.utf8, to: "config.json")
    try folder.write("{\"do_sample\": true}".utf8, to: "generation_config.json")
    let checkpoint = try Checkpoint(files: ModelFiles(folder: folder.path))
    #expect(checkpoint.generationConfigurationJSON?["do_sample"]?.boolean == true)
    #expect(checkpoint.tensors.count == Fixture.tensors().count)
    #expect(checkpoint.tensors[0].file.name == "\(folder.path)/pytorch_model.bin")
    #expect(checkpoint.files[0].scalarTypeSummary == "30 float32, 2 uint8")
  }

  @Test func safetensorsComesFirst() throws {
    let files = Self.files("safetensors", Fixture.tensors(.float16)).merging(
      Self.files("zip", Fixture.tensors())
    ) { $1 }
    let checkpoint = try Checkpoint(files: Fixture.model(files))
    #expect(checkpoint.files.map(\.format) == [.safetensors])
    #expect(checkpoint.files[0].scalarTypes == [.float16: 28])
    #expect(checkpoint.files[0].scalarTypeSummary == "28 float16")
  }

  @Test func tensorsAreHandedOutByShapeAndType() throws {
    let stored = Fixture.tensors() + [StoredTensor("extra", [2], .int64)]
    let checkpoint = try Checkpoint(files: Fixture.model(Self.files("safetensors", stored)))
    let tensor = try checkpoint.tensor("ln_f.bias", shape: [4])
    #expect(tensor.bytes == stored.first { $0.name == "ln_f.bias" }?.bytes)
    #expect(
      message { () throws(CheckpointError) in try checkpoint.tensor("ln_f.bias", shape: [2, 2]) }
        == "tiny/model.safetensors: tensor 'ln_f.bias' has shape [4], but config.json asks for [2, 2]")
    #expect(
      message { () throws(CheckpointError) in try checkpoint.tensor("extra", shape: [2]) }
        == "tiny/model.safetensors: tensor 'extra' holds int64, where a floating-point type is expected")
    #expect(
      message { () throws(CheckpointError) in try checkpoint.tensor("none", shape: []) }
        == "tiny: does not hold tensor 'none'")
  }

  @Test func theVocabularyIsThatOfTheTensor() throws {
    var stored = Fixture.tensors()
    stored[0] = StoredTensor("wte.weight", [13, 4])
    let checkpoint = try Checkpoint(files: Fixture.model(Self.files("safetensors", stored)))
    #expect(checkpoint.configuration.vocabularySize == 13)

    stored[0] = StoredTensor("wte.weight", [(1 << 22) + 1, 4], .uint8)
    #expect(
      refusal(Self.files("safetensors", stored)).contains(
        "'wte.weight' has 4194305 rows, but a vocabulary has at most 4194304 tokens"))
    stored[0] = StoredTensor("wte.weight", [0, 4])
    #expect(refusal(Self.files("safetensors", stored)).contains("'wte.weight' has shape [0, 4]"))
    stored[0] = StoredTensor("wte.weight", [11, 5])
    #expect(refusal(Self.files("safetensors", stored)).contains("asks for [11, 4]"))
    stored[0] = StoredTensor("wte.weight", [44])
    #expect(refusal(Self.files("safetensors", stored)).contains("'wte.weight' has shape [44]"))
  }

  @Test func theHeadMayBeItsOwn() throws {
    let untied = Fixture.json.replacing(#""n_head": 2"#, with: #""n_head": 2, "tie_word_embeddings": false"#)
    let stored = Fixture.tensors()
    #expect(refusal(Self.files("zip", stored), json: untied) == "tiny: does not hold tensor 'lm_head.weight'")
    #expect(refusal(Self.files("zip", stored + [StoredTensor("lm_head.weight", [11, 4])]), json: untied) == "")
    #expect(
      refusal(Self.files("zip", stored + [StoredTensor("lm_head.weight", [12, 4])]), json: untied)
        .contains("'lm_head.weight' has shape [12, 4]"))
  }

  @Test(arguments: [
    (#""n_layer": 2"#, #""n_layer": 5"#, "holds no tensors of layer 2, 3, 4"),
    (#""n_layer": 2"#, #""n_layer": 4096"#, "holds no tensors of layer 2, 3, 4, 5, 6, 7, 8, 9, …"),
    (#""n_layer": 2"#, #""n_layer": 1"#, "holds tensors of layer 1, but config.json says n_layer 1"),
    (#""n_positions": 6"#, #""n_positions": 7"#, "'wpe.weight' has shape [6, 4], but config.json asks for [7, 4]"),
    (#""n_embd": 4"#, #""n_embd": 8"#, "'wte.weight' has shape [11, 4], but config.json asks for [11, 8]"),
    (#""n_embd": 4"#, #""n_embd": 4, "n_inner": 8"#, "'h.0.mlp.c_fc.weight' has shape [4, 16]"),
  ])
  func refusesAContradiction(field: String, replacement: String, reason: String) {
    let json = Fixture.json.replacing(field, with: replacement)
    #expect(refusal(Self.files("safetensors", Fixture.tensors()), json: json).contains(reason))
  }

  @Test func everyTensorIsNeeded() {
    for tensor in Fixture.tensors() {
      let files = Self.files("safetensors", Fixture.tensors().filter { $0.name != tensor.name })
      #expect(refusal(files) == "tiny: does not hold tensor '\(tensor.name)'")
      let integers = Fixture.tensors().map { $0.name == tensor.name ? StoredTensor($0.name, $0.shape, .int32) : $0 }
      #expect(refusal(Self.files("safetensors", integers)).contains("'\(tensor.name)' holds int32"))
    }
  }

  @Test func refusesTwoTensorsOfOneName() {
    let stored = Fixture.tensors() + [StoredTensor("transformer.ln_f.bias", [4])]
    #expect(refusal(Self.files("zip", stored)).contains("holds 'transformer.ln_f.bias' although there is another"))
  }

  @Test func saysWhatIsMissing() {
    #expect(refusal([:]).contains("has no weights: looked for model.safetensors and pytorch_model.bin"))
    let noConfiguration = ModelFiles(name: "tiny", files: [:])
    #expect(
      message { () throws(CheckpointError) in try Checkpoint(files: noConfiguration) } == "tiny: has no config.json")
    #expect(refusal([:], json: "{").contains("tiny/config.json: not valid JSON"))
    let pointer = Array("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 548118077\n".utf8)
    #expect(refusal(["model.safetensors": pointer]).contains("is a Git LFS pointer"))
    #expect(refusal(["pytorch_model.bin": pointer]).contains("is a Git LFS pointer"))
  }

  @Test(arguments: [
    (#"{}"#, "has no weight_map"),
    (#"{"weight_map": {}}"#, "has no weight_map"),
    (#"{"weight_map": {"wte.weight": 1}}"#, "names no file for tensor 'wte.weight'"),
    (#"{"weight_map": {"wte.weight": "../a.safetensors"}}"#, "not the name of a file inside the model"),
    (#"{"weight_map": {"wte.weight": "c.safetensors"}}"#, "names 'c.safetensors', which is missing"),
    (#"{"weight_map": {"wte.weight": "b.safetensors", "x": "a.safetensors"}}"#, "places tensor 'wte.weight' in a file"),
    (#"{"weight_map": {"wte.weight": "a.safetensors", "y": "a.safetensors"}}"#, "places tensor 'y' in a file"),
  ])
  func refusesIndexes(text: String, reason: String) {
    var files = Self.files("sharded safetensors", Fixture.tensors())
    files["model.safetensors.index.json"] = Array(text.utf8)
    #expect(refusal(files).contains(reason))
  }
}
