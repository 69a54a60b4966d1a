import Foundation
import JSON
import TestSupport
import Testing

/// LoRA adapters in commands; what is merged, the tests of Checkpoint see.
@Suite struct AdapterTests {
  /// The demo model as `base`, and adapters of it as `lora` and `other`.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let demo = try TemporaryFolder.demo()
    for name in try FileManager.default.contentsOfDirectory(atPath: demo.path) {
      try folder.write(Data(contentsOf: demo.url.appending(path: name)), to: "base/\(name)")
    }
    for (name, value) in [("lora", Float(0.25)), ("other", 0.5)] {
      let configuration = """
        {"peft_type": "LORA", "r": 1, "lora_alpha": 1, "target_modules": ["c_attn"], "base_model_name_or_path": "../base"}
        """
      try folder.write(configuration.utf8, to: "\(name)/adapter_config.json")
      try folder.write(weights(value), to: "\(name)/adapter_model.safetensors")
    }
    return folder
  }

  /// Matrices of one number for the last layer's query, key and value.
  private func weights(_ value: Float) -> [UInt8] {
    let name = "base_model.model.transformer.h.3.attn.c_attn.lora_"
    let header = """
      {"\(name)A.weight":{"dtype":"F32","shape":[1,256],"data_offsets":[0,1024]},\
      "\(name)B.weight":{"dtype":"F32","shape":[768,1],"data_offsets":[1024,4096]}}
      """
    let numbers = (0..<1024).flatMap { place in
      withUnsafeBytes(of: place % 3 == 0 ? value : -value, Array.init)
    }
    return withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8) + numbers
  }

  @Test func everyCommandTakesOne() throws {
    let folder = try folder()
    let (base, lora) = (folder.path("base"), folder.path("lora"))
    func score(_ arguments: String...) throws -> JSON {
      let run = try Program.run(["score", "My dream is true.", "--device", "cpu", "--format", "json"] + arguments)
      run.check()
      return try run.json
    }
    let (plain, named) = (try score("--model", base), try score("--model", base, "--adapter", lora))
    let sum = try #require(named["sum_logprob"]?.number)
    #expect(sum != plain["sum_logprob"]?.number)
    #expect(plain["adapter"]?.isNull == true && named["adapter"]?.string == lora)
    #expect(try score("--model", lora)["sum_logprob"]?.number == sum)
    #expect(try score("--adapter", lora)["sum_logprob"]?.number == sum)
    #expect(try score("--adapter", folder.path("other"))["sum_logprob"]?.number != sum)

    let inspection = try Program.run("inspect", base, "--adapter", lora, "--format", "json").json
    #expect(inspection["adapter"]?.string == lora && inspection["files"]?.array?.count == 2)
    #expect(try Program.run("inspect", lora).output.contains("adapter"))
    let settings = try Program.run("generate", "--show-config", "--adapter", lora)
    #expect(settings.output.contains("of 1 of 16 products") && settings.errors.contains("is merged into"))
    let bench = try Program.run("bench", "--model", "124m", "--adapter", lora)
    #expect(bench.status == 2 && bench.errors.contains("124m is a shape with made-up weights"))
    let missing = try Program.run("generate", "x", "--adapter", base)
    #expect(missing.status == 4 && missing.errors.contains("has no adapter_config.json"), "\(missing.errors)")
  }

  @Test func oneAdapterWithItsOwnBaseAndTokenizer() throws {
    let folder = try folder()
    let lora = folder.path("lora")
    let two = try Program.run("generate", "x", "--adapter", lora, "--lora", folder.path("other"))
    #expect(two.status == 2 && two.errors.contains("--adapter takes one adapter, and 2 were given"), "\(two.errors)")
    let empty = try Program.run("generate", "x", "--adapter", "")
    #expect(empty.status == 2 && empty.errors.contains("--adapter needs a folder or a Hub id"), "\(empty.errors)")
    // The variable names a model for commands that name none; an adapter names its own.
    let environment = ["GPT2_GPU_MODEL": "/no/such/folder"]
    let own = try Program.run("score", "My dream", "--device", "cpu", "--adapter", lora, environment: environment)
    #expect(own.status == 0, "\(own.errors)")

    let text = try folder.read("base/tokenizer.json")
    try folder.write(text.utf8, to: "lora/tokenizer.json")
    func tokens() throws -> Program.Run { try Program.run("tokenize", " the", "--adapter", lora) }
    let same = try tokens()
    #expect(same.status == 0 && !same.errors.contains("The tokenizer is"), "\(same.errors)")
    let (the, you) = (#""Ġthe":266"#, #""Ġyou":289"#)
    try #require(text.contains(the) && text.contains(you))
    let exchanged = text.replacing(the, with: #""Ġthe":289"#).replacing(you, with: #""Ġyou":266"#)
    try folder.write(exchanged.utf8, to: "lora/tokenizer.json")
    let other = try tokens()
    #expect(other.output != same.output && other.output.contains("289"), "\(other.output)")
    let base = folder.path("base")
    let notice = "gpt2-gpu: The tokenizer is that of \(lora), whose files differ from those of \(base).\n"
    for command in [
      ["generate", "--show-config"], ["score", "My dream", "--device", "cpu"], ["tokenize", " the"],
      ["tokenize", "--decode", "289"],
    ] {
      let run = try Program.run(command + ["--adapter", lora])
      #expect(run.status == 0 && run.errors.contains(notice), "\(command): \(run.errors)")
    }
    #expect(try !Program.run("tokenize", " the", "--adapter", lora, "--quiet").errors.contains("The tokenizer"))
    // A base without one.
    try FileManager.default.removeItem(atPath: folder.path("base/tokenizer.json"))
    #expect(try tokens().output == other.output)
    // A folder that holds a model, too.
    try folder.write(Data(contentsOf: folder.url.appending(path: "base/config.json")), to: "lora/config.json")
    try folder.write(
      Data(contentsOf: folder.url.appending(path: "base/model.safetensors")), to: "lora/model.safetensors")
    let both = try Program.run("generate", "--show-config", "--adapter", lora)
    #expect(both.errors.contains("\(lora) holds a model of its own, too, which is not used."), "\(both.errors)")
  }

  @Test func aJobIsContinuedWithItsAdapterAlone() throws {
    let folder = try folder()
    try folder.write(#"{"prompt":"x"}"#.utf8, to: "in")
    func run(_ arguments: String...) throws -> Program.Run {
      let files = ["--in", folder.path("in"), "--out", folder.path("out"), "--device", "cpu", "--seed", "1"]
      return try Program.run(["batch", "--max-new-tokens", "3", "--resume"] + files + arguments)
    }
    try run("--adapter", folder.path("lora")).check()
    let other = try run("--adapter", folder.path("other"))
    let none = try run("--model", folder.path("base"))
    for run in [other, none] { #expect(run.status == 2 && run.errors.contains("another model"), "\(run.errors)") }
    try run("--model", folder.path("base"), "--adapter", folder.path("lora")).check()
    // A tokenizer beside the adapter makes other tokens.
    let text = try folder.read("base/tokenizer.json")
    try folder.write(text.replacing(#""Ġthe":266"#, with: #""Ġthe":289"#).utf8, to: "lora/tokenizer.json")
    let retokenized = try run("--adapter", folder.path("lora"))
    #expect(retokenized.status == 2 && retokenized.errors.contains("another model"), "\(retokenized.errors)")
  }
}
