import Checkpoint
import JSON
import Testing

@testable import Hub

/// Which files of a repository are taken.
@Suite struct FileChoiceTests {
  /// The names that are chosen of a repository with these files, where JSON files have these contents.
  private func chosen(
    _ paths: [String], patterns: [String] = [], _ contents: [String: JSON] = [:]
  ) throws -> [String] {
    let choice = FileChoice(
      listing: try Listing(parsing: ListingTests.bytes(paths), repository: "a/b"))
    return try choice.files(choice.configuration(), matching: patterns) { file in
      contents[file.path] ?? ["model_type": .string("gpt2")]
    }.map(\.path)
  }

  @Test(arguments: [
    (["model.safetensors", "pytorch_model.bin", "tf_model.h5"], "model.safetensors"),
    (["pytorch_model.bin", "training_args.bin", "optimizer.bin"], "pytorch_model.bin"),
    (["pytorch_model.bin.index.json", "pytorch_model.bin"], "pytorch_model.bin"),
  ])
  func takesOneKindOfWeights(_ weights: [String], _ wanted: String) throws {
    #expect(try chosen(["config.json"] + weights) == ["config.json", wanted])
  }

  @Test func takesTokenizerAndCard() throws {
    let all = [
      "README.md", "config.json", "merges.txt", "model.safetensors", "onnx/model.onnx", "vocab.json", "x.json",
    ]
    #expect(try chosen(all).sorted() == ["README.md", "config.json", "merges.txt", "model.safetensors", "vocab.json"])
    #expect(try chosen(all, patterns: ["onnx/*", "*.json"]).sorted() == all)
  }

  @Test func takesTheShardsThatAnIndexNames() throws {
    let index: JSON = [
      "weight_map": ["a": .string("1.safetensors"), "b": .string("2.safetensors"), "c": .string("1.safetensors")]
    ]
    let files = ["config.json", "model.safetensors.index.json", "1.safetensors", "2.safetensors", "3.safetensors"]
    #expect(try chosen(files, ["model.safetensors.index.json": index]) == Array(files.dropLast()))
    for hostile in ["../../x", "/etc/passwd", "3", "1.safetensors\0"] {
      let error = #expect(throws: HubError.self) {
        try chosen(files, ["model.safetensors.index.json": ["weight_map": ["a": .string(hostile)]]])
      }
      #expect(error?.kind == .repository)
    }
  }

  /// Swift takes names for equal that differ in how their letters are composed; the Hub does not.
  @Test func namesAreBytes() throws {
    let (one, two) = ("caf\u{e9}.safetensors", "cafe\u{301}.safetensors")
    let files = ["config.json", "model.safetensors.index.json", one, two]
    let index: JSON = ["weight_map": ["a": .string(one), "b": .string(two)]]
    for patterns in [[], ["*"]] {
      let chosen = try chosen(files, patterns: patterns, ["model.safetensors.index.json": index])
      #expect(chosen.map { Array($0.utf8) } == files.map { Array($0.utf8) })
    }
  }

  @Test func takesWhatTheConfigurationNames() throws {
    let files = ["config.json", "model.safetensors", "other.safetensors"]
    let config: JSON = [
      "model_type": .string("gpt2"), "transformers_weights": .string("other.safetensors"),
    ]
    #expect(try chosen(files, ["config.json": config]) == ["config.json", "other.safetensors"])
  }

  @Test func takesAnAdapter() throws {
    let files = ["adapter_config.json", "adapter_model.safetensors", "README.md"]
    #expect(try chosen(files).sorted() == files.sorted())
    #expect(try chosen(files + ["config.json"]).contains("adapter_model.safetensors"))
  }

  @Test func saysWhatThereIsInstead() {
    let cases = [
      (["config.json", "model.gguf", "tf_model.h5"], "model.gguf, tf_model.h5"), ([".gitattributes"], "(it is empty)"),
      (["README.md"], "no config.json"), (["adapter_config.json"], "no adapter_model.safetensors"),
    ]
    for (files, words) in cases {
      let error = #expect(throws: HubError.self) { try chosen(files) }
      #expect(error?.kind == .repository && error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test func stopsAtOtherModels() {
    let error = #expect(throws: CheckpointError.self) {
      try chosen(["config.json", "model.safetensors"], ["config.json": ["model_type": .string("llama")]])
    }
    #expect(error?.description == "a/b/config.json: model_type is 'llama'; only 'gpt2' is supported")
  }

  @Test func patternsThatNothingFitsAreFound() throws {
    let listing = try Listing(parsing: ListingTests.bytes(["a.txt", "runs/b.txt"]), repository: "a/b")
    #expect(FileChoice(listing: listing).idle(["*.txt", "*.md", "runs/*", "x"]) == ["*.md", "x"])
  }
}
