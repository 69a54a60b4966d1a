import JSON
import TestSupport
import Testing

@testable import Checkpoint

@Suite struct CheckpointTests {
  func refusal(_ files: [String: [UInt8]], json: String = Fixture.json) -> String {
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

  /// Beside the weights they are of no account; as weights they are named.
  @Test(arguments: ["safetensors", "zip", "legacy"], [ScalarType.float8, .uint16, .uint64, .complex64])
  func typesThatNoWeightHas(form: String, type: ScalarType) throws {
    let stored = Fixture.tensors()
    let extra = [StoredTensor("statistics", [3, 2], type)]
    let checkpoint = try Checkpoint(files: Fixture.model(Self.files(form, stored + extra)))
    #expect(checkpoint.tensors.prefix(stored.count).map(\.bytes) == stored.map(\.bytes))
    #expect(checkpoint.files.first?.scalarTypes[type] == 1)
    let weights = stored.map { StoredTensor($0.name, $0.shape, $0.name.hasSuffix("ln_f.weight") ? type : .float32) }
    let sentence = refusal(Self.files(form, weights))
    #expect(sentence.contains("ln_f.weight' holds \(type), where"), "\(sentence)")
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
        == "tiny/model.safetensors: tensor 'extra' holds int64, where float32, float16, bfloat16 or float64 is expected: "
        + "load the model with transformers, and save it in one of these")
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

  /// What config.json calls tied is not where the files hold two different tensors: as transformers 5.23.
  @Test(arguments: forms)
  func aHeadOfItsOwnCounts(form: String) throws {
    let head = StoredTensor("lm_head.weight", [11, 4])
    let checkpoint = try Checkpoint(files: Fixture.model(Self.files(form, Fixture.tensors() + [head])))
    #expect(!checkpoint.configuration.tieWordEmbeddings)
    #expect(try checkpoint.tensor("lm_head.weight", shape: [11, 4]).bytes == head.bytes)
    #expect(checkpoint.notices.count == 1 && checkpoint.notices[0].contains("an output projection of its own"))

    var same = head
    same.bytes = Fixture.tensors()[0].bytes
    let tied = try Checkpoint(files: Fixture.model(Self.files(form, Fixture.tensors() + [same])))
    #expect(tied.configuration.tieWordEmbeddings && tied.notices.isEmpty)
    same.bytes[same.bytes.count - 1] ^= 1
    #expect(
      try !Checkpoint(files: Fixture.model(Self.files(form, Fixture.tensors() + [same]))).configuration
        .tieWordEmbeddings)
  }

  /// safetensors.torch.save_model keeps `lm_head.weight` of the two.
  @Test(arguments: forms)
  func theEmbeddingMayBeCalledTheHead(form: String) throws {
    var stored = Fixture.tensors()
    let bytes = stored[0].bytes
    stored[0].name = "lm_head.weight"
    let checkpoint = try Checkpoint(files: Fixture.model(Self.files(form, stored)))
    #expect(checkpoint.configuration == Fixture.configuration && checkpoint.notices.isEmpty)
    #expect(try checkpoint.tensor("wte.weight", shape: [11, 4]).bytes == bytes)
  }

  @Test(arguments: [
    (["adapter_config.json": #"{"base_model_name_or_path": "gpt2"}"#], "it holds an adapter of gpt2"),
    (["gpt2.Q8_0.gguf": "GGUF"], "it holds gpt2.Q8_0.gguf, a file of llama.cpp"),
    (["tf_model.h5": ""], "weights of TensorFlow"),
    (["flax_model.msgpack": ""], "weights of Flax"),
    (["model-1000.index": "", "model-1000.meta": ""], "a checkpoint of TensorFlow 1"),
    (["zero_to_fp32.py": ""], "a checkpoint of DeepSpeed"),
    (["pytorch_model_fsdp.bin": ""], "a checkpoint of FSDP"),
    (["last.ckpt": ""], "a checkpoint of Lightning"),
    (["ckpt.pt": ""], "as nanoGPT writes it"),
    (["decoder.onnx": ""], "an ONNX model"),
    (["checkpoint-90": "", "checkpoint-1000": ""], "such as checkpoint-1000"),
    (["weights.safetensors": ""], "it holds weights.safetensors"),
  ])
  func saysWhatIsThereInstead(files: [String: String], reason: String) {
    let bytes = files.mapValues { Array($0.utf8) }
    #expect(refusal(bytes).contains(reason))
    let bare = ModelFiles(name: "tiny", files: bytes.reduce(into: [:]) { $0[$1.key] = .init($1.key, $1.value) })
    let sentence = message { () throws(CheckpointError) in try Checkpoint(files: bare) }
    #expect(sentence.hasPrefix("tiny: has no config.json; ") && sentence.contains(reason))
  }

  @Test func saysWhatIsWrongWithTheFolder() throws {
    let folder = try TemporaryFolder()
    try folder.write("x".utf8, to: "checkpoint-7/optimizer.pt")
    #expect(
      message { () throws(CheckpointError) in try Checkpoint(files: ModelFiles(folder: folder.path)) }
        .contains("give one of them, such as checkpoint-7"))
    let pointer = Array("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 548118077\n".utf8)
    #expect(refusal(["config.json": pointer]).contains("config.json: is a Git LFS pointer"))
    let stored = Fixture.tensors()
    #expect(
      refusal(["model.safetensors": PyTorchWriter.archive(stored).file()]).contains("call it pytorch_model.bin"))
    #expect(refusal(["pytorch_model.bin": SafetensorsWriter.file(stored)]).contains("call it model.safetensors"))
    let weightsAlone = ModelFiles(name: "tiny", files: ["model.safetensors": .init("model.safetensors", [])])
    #expect(message { () throws(CheckpointError) in try Checkpoint(files: weightsAlone) } == "tiny: has no config.json")
    let quantized = Fixture.json.replacing(
      #""n_head": 2"#, with: #""n_head": 2, "quantization_config": {"quant_method": "gptq"}"#)
    #expect(refusal(Self.files("zip", stored), json: quantized).contains("quantised by gptq"))
    let wrapped = stored.map { StoredTensor("_module.\($0.name)", $0.shape) }
    #expect(refusal(Self.files("zip", wrapped)).contains("its first tensor is called '_module.wte.weight'"))
  }

  /// Strings are compared by their normal form, which takes quadratic time for such names.
  @Test(arguments: forms)
  func refusesLongNames(form: String) {
    let name = String(repeating: "\u{301}\u{323}", count: 200)
    #expect(refusal(Self.files(form, Fixture.tensors() + [StoredTensor(name, [1])])).contains("a name of 800 bytes"))
  }

  @Test(arguments: ["U64", "U32", "U16", "F8_E4M3", "F8_E5M2"])
  func tensorsThatNobodyNeedsMayBeOfAnyType(code: String) throws {
    let header = #"{"x":{"dtype":"\#(code)","shape":[0],"data_offsets":[0,0]}}"#
    let bytes = UInt64(header.utf8.count).bytes + Array(header.utf8)
    let tensors = try Safetensors(FileData("x", bytes)).tensors
    #expect(tensors.count == 1 && !tensors[0].scalarType.isFloatingPoint)
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

  /// As transformers 5.23: that in the file whose name sorts last, whatever the index says.
  @Test(arguments: ["a.safetensors", "b.safetensors"])
  func ofATensorInTwoFilesTheLastCounts(named: String) throws {
    let stored = Fixture.tensors()
    var last = StoredTensor("ln_f.bias", [4])
    last.bytes.reverse()
    let whole = stored.filter { $0.name == "ln_f.bias" }
    #expect(whole.count == 1)
    for (first, second) in [(stored, [last]), (whole, stored.filter { $0.name != "ln_f.bias" } + [last])] {
      let map = #""ln_f.bias": "\#(named)", "x": "b.safetensors", "y": "a.safetensors""#
      let checkpoint = try Checkpoint(
        files: Fixture.model([
          "model.safetensors.index.json": Array(#"{"weight_map": {\#(map)}}"#.utf8),
          "a.safetensors": SafetensorsWriter.file(first), "b.safetensors": SafetensorsWriter.file(second),
        ]))
      #expect(try checkpoint.tensor("ln_f.bias", shape: [4]).bytes == last.bytes)
      #expect(checkpoint.tensors.count == stored.count)
    }
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
    (#"{"weight_map": {"wte.weight": "a.safetensors"}}"#, "holds no tensors of layer 1"),
    // Where an index says that a tensor lies counts as little as in transformers.
    (#"{"weight_map": {"wte.weight": "b.safetensors", "x": "a.safetensors"}}"#, ""),
    (#"{"weight_map": {"wte.weight": "b.safetensors", "lm_head.weight": "a.safetensors"}}"#, ""),
    (#"{"weight_map": {"wte.weight": "./b.safetensors", "x": "a.safetensors", "y": "./a.safetensors"}}"#, ""),
    (#"{"weight_map": {"wte.weight": "././b.safetensors"}}"#, "not the name of a file inside the model"),
    (#"{"weight_map": {"wte.weight": "./"}}"#, "not the name of a file inside the model"),
    (#"{"weight_map": {"\#(String(repeating: "\u{301}", count: 1000))": "b.safetensors"}}"#, "a name of 2000 bytes"),
  ])
  func refusesIndexes(text: String, reason: String) {
    var files = Self.files("sharded safetensors", Fixture.tensors())
    files["model.safetensors.index.json"] = Array(text.utf8)
    let sentence = refusal(files)
    #expect(reason.isEmpty ? sentence.isEmpty : sentence.contains(reason), "\(sentence)")
  }
}
