internal import Checkpoint
internal import GPT2
internal import JSON
internal import Testing

@testable import Server

struct WidgetConfigurationTests {
  private let demo: PretrainedModel

  init() throws { demo = try PretrainedModel(.demo) }

  private func configuration(
    card: String? = nil, overrides: GenerationOverrides = GenerationOverrides(), preset: SettingsPreset? = nil
  ) throws -> WidgetConfiguration {
    var files = ModelFiles.demo
    if let card {
      let bytes = Array(card.utf8)
      files = ModelFiles(
        name: "m",
        files: ["README.md": FileData(name: "README.md", count: bytes.count) { $0.copyBytes(from: bytes) }])
    }
    return try WidgetConfiguration(
      name: "demo", files: files, model: demo, overrides: overrides, preset: preset, maximumSamples: 64)
  }

  @Test func theDemoModelsCardHasExamples() throws {
    let configuration = try configuration()
    #expect(configuration.notice == nil)
    let json = configuration.json
    #expect(json["model"]?.string == "demo")
    #expect(json["examples"]?.array?.first?["text"]?.string == "My dream is")
    #expect(json["examples"]?.array?.last?["parameters"]?["temperature"]?.number == 0.7)
    let defaults = try #require(json["defaults"])
    #expect(defaults["preset"]?.string == "card")
    #expect(defaults["n"]?.integer == 5)
    let card = try #require(defaults["presets"]?["card"])
    #expect(card["max_length"]?.integer == 160 && card["max_new_tokens"] == nil)
    #expect(card["top_p"]?.number == 0.95 && card["greedy"]?.boolean == false && card["stop"]?.array?.isEmpty == true)
    let pipeline = try #require(defaults["presets"]?["hf5"])
    #expect(pipeline["temperature"]?.number == 1 && pipeline["max_length"]?.integer == 160)
    #expect(json["limits"]?["samples"]?.integer == 64 && json["limits"]?["context"]?.integer == 256)
  }

  @Test func theServersOwnSettingsAreTheDefaults() throws {
    var overrides = GenerationOverrides()
    overrides.temperature = 0.3
    overrides.maxNewTokens = 7
    overrides.samples = 2
    let defaults = try #require(try configuration(overrides: overrides, preset: .hf5).json["defaults"])
    #expect(defaults["preset"]?.string == "hf5" && defaults["n"]?.integer == 2)
    for name in ["card", "hf5"] {
      let preset = try #require(defaults["presets"]?[name])
      #expect(preset["temperature"]?.number == 0.3 && preset["max_new_tokens"]?.integer == 7)
    }
  }

  @Test func parametersHaveTheNamesOfRequestsAndThoseThatCannotBeAreLeftOut() throws {
    let card = """
      ---
      widget:
      - text: a
        parameters:
          do_sample: false
          temperature: hot
          top_p: 2
          top_k: 10
          max_length: 30
          use_cache: true
          stop_strings: [END]
          num_return_sequences: 9
      ---
      """
    let example = try #require(try configuration(card: card).json["examples"]?.array?.first)
    #expect(
      example["parameters"]?.text == #"{"greedy":true,"top_k":10,"max_length":30,"stop":["END"]}"#)
  }

  @Test func aBrokenCardIsNoMoreThanANotice() throws {
    let configuration = try configuration(card: "---\nwidget: [\n---\n")
    #expect(configuration.json["examples"]?.array?.isEmpty == true)
    #expect(configuration.notice?.hasPrefix("The model's README.md begins with what is not valid YAML") == true)
  }
}
