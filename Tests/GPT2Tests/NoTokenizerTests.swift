import Checkpoint
import GPT2
import JSON
import TestSupport
import Testing

/// A model whose folder has no tokenizer continues token ids, and says what it leaves out.
@Suite struct NoTokenizerTests {
  /// A tiny model, with more in its files.
  private static func model(
    _ configuration: [JSON.Member] = [], generation: JSON? = nil, tokenizer: [UInt8]? = nil
  ) throws -> PretrainedModel {
    let files = TinyCheckpoint(seed: 1).files
    func bytes(_ name: String) throws -> [UInt8] {
      let file = try #require(try files.file(named: name))
      return file.withBytes { Array($0) }
    }
    var contents = [
      "config.json": Array(try JSON(parsing: bytes("config.json")).with(configuration).text.utf8),
      "model.safetensors": try bytes("model.safetensors"),
    ]
    if let generation { contents["generation_config.json"] = Array(generation.text.utf8) }
    if let tokenizer { contents["tokenizer.json"] = tokenizer }
    return try PretrainedModel(
      ModelFiles(
        name: "tiny",
        files: Dictionary(
          uniqueKeysWithValues: contents.map { name, bytes in
            (name, FileData(name: "tiny/\(name)", count: bytes.count) { $0.copyBytes(from: bytes) })
          })))
  }

  private static let card = [
    JSON.Member("task_specific_params", ["text-generation": ["prefix": .string("So ")]])
  ]

  @Test(arguments: [nil, Array("{".utf8)] as [[UInt8]?])
  func aPrefixOfTheFilesIsLeftOut(_ tokenizer: [UInt8]?) throws {
    for (model, place) in [
      (try Self.model(Self.card, tokenizer: tokenizer), "config.json task_specific_params"),
      (try Self.model(generation: ["prefix": .string("So ")], tokenizer: tokenizer), "generation_config.json"),
      (try Self.model([JSON.Member("prefix", .string("So "))], tokenizer: tokenizer), "config.json"),
    ] {
      let settings = try model.settings()
      #expect(settings.prefix.isEmpty)
      #expect(
        settings.notices == [
          "prefix in \(place) is text, and tiny has no tokenizer that can be used: it is left out, so put its token ids "
            + "before a prompt's where it is wanted."
        ])
      #expect(try model.request(for: .tokens([5, 6]), settings).tokens.prompt == [5, 6])
    }
  }

  /// Whoever asks for text is not given other tokens without it.
  @Test func textThatIsAskedForIsRefused() throws {
    let model = try Self.model(Self.card)
    var asked: [(Setting, GenerationOverrides)] = []
    for setting in [Setting.prefix, .stop, .negativePrompt] {
      var overrides = GenerationOverrides()
      switch setting {
      case .prefix: overrides.prefix = "So "
      case .stop: overrides.stop = ["x"]
      default: (overrides.negativePrompt, overrides.guidanceScale) = ("x", 2)
      }
      asked.append((setting, overrides))
    }
    for (setting, overrides) in asked {
      let settings = try model.settings(overrides)
      let error = #expect(throws: SettingsError.self) { _ = try model.request(for: .tokens([5]), settings) }
      #expect(
        error?.description == "\(setting.property) is text, which has no meaning here, as tiny has no tokenizer.json, "
          + "vocab.json, vocab.txt or spiece.model: leave it out, or put the tokenizer's files beside the model's.")
      #expect(error?.isOfModel == false)
    }
    // An empty one of those is none.
    var none = GenerationOverrides()
    (none.prefix, none.negativePrompt) = ("", "x")
    #expect(try model.request(for: .tokens([5]), model.settings(none)).tokens.prompt == [5])
  }

  /// As transformers refuses them, which cannot look for text in tokens either.
  @Test func stopStringsOfAFileAreRefused() throws {
    let model = try Self.model(generation: ["stop_strings": .string("x")])
    let error = #expect(throws: SettingsError.self) { _ = try model.request(for: .tokens([5]), model.settings()) }
    #expect(error?.description.hasPrefix("stop_strings in generation_config.json is text, which has no mean") == true)
    #expect(error?.isOfModel == true)
  }

  @Test func aPromptOfTextIsRefusedFirst() throws {
    let model = try Self.model(generation: ["stop_strings": .string("x")])
    let error = #expect(throws: SettingsError.self) { _ = try model.request(for: .text("x"), model.settings()) }
    #expect(error?.description.hasPrefix("tiny has no tokenizer.json") == true, "\(String(describing: error))")
  }

  @Test func withATokenizerThePrefixIsThere() throws {
    let model = try PretrainedModel(TinyCheckpoint(seed: 1).files)
    var overrides = GenerationOverrides()
    overrides.prefix = "So "
    let prompt = try model.request(for: .tokens([5]), model.settings(overrides)).tokens.prompt
    #expect(prompt == (try model.encode("So ")) + [5])
  }
}
