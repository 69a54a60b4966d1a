import Completions
import GPT2
import JSON
import Testing

@testable import Batch

/// The fields of items are the rows of the table of settings.
@Suite struct ItemSettingsTests {
  private func parse(_ line: JSON) -> ItemParser.Line {
    ItemParser(isText: false).parse(Array(line.text.utf8), number: 1)
  }

  /// A line's settings; nil where it is refused.
  private func options(_ line: JSON) -> RequestOptions? {
    if case .item(let item) = parse(line) { item.options } else { nil }
  }

  /// A value of each kind.
  private static let values: [JSON] = [
    .boolean(true), .number(0.5), .integer(3), .string("x"), .array([.string("x")]),
    .array([.array([.array([.integer(1)]), .number(0.5)])]), ["5": .number(-3)], .array([.integer(3), .number(1.5)]),
  ]

  @Test(arguments: Setting.allCases)
  func anItemTakesEveryRowUnderItsFlagsName(_ setting: Setting) throws {
    let field = try setting.flag.map { try #require(setting.row.columns.itemField, "\($0)") }
    if let field {
      let taken = Self.values.compactMap { options(["prompt": .string("p"), field: $0]) }
      #expect(!taken.isEmpty && taken.allSatisfy { $0 != RequestOptions() }, "\(field)")
    }
    // The files' name is none of an item's, where it is another.
    if setting.rawValue != field {
      for value in Self.values { #expect(options(["prompt": .string("p"), setting.rawValue: value]) == nil) }
    }
  }

  @Test(arguments: Setting.allCases)
  func aCompletionTakesItsRows(_ setting: Setting) {
    let field = setting.row.columns.completionsField
    let plain = options(["custom_id": .string("c"), "body": ["prompt": .string("p")]])
    let taken = Self.values.compactMap {
      options(["custom_id": .string("c"), "body": ["prompt": .string("p"), field ?? setting.rawValue: $0]])
    }
    #expect(taken.isEmpty == (field == nil), "\(setting)")
    #expect(taken.allSatisfy { $0 != plain })
  }

  @Test func otherProgramsNamesAreTaken() throws {
    for (name, own) in [
      ("max_tokens", "max_new_tokens"), ("n_predict", "max_new_tokens"), ("repeat_penalty", "repetition_penalty"),
      ("min_tokens", "min_new_tokens"),
    ] {
      let taken = options(["prompt": .string("p"), name: .integer(3)])
      #expect(taken == options(["prompt": .string("p"), own: .integer(3)]) && taken != nil)
    }
  }

  @Test func noOtherFieldIsTaken() throws {
    let known = Set(Setting.table.compactMap(\.columns.itemField)).union(["id", "prompt", "preset", "logprobs"])
    for name in [
      "topk", "penalty_alpha", "watermarking_config", "beams", "maxtokens", "prompt_logprobs", "no_return_full_text",
      "-n",
      "top-k",
    ] {
      #expect(!known.contains(name))
      for value in Self.values { #expect(options(["prompt": .string("p"), name: value]) == nil, "\(name)") }
    }
  }

  @Test(arguments: [
    (#"{"prompt":"p","repetition_penalty":1e-45}"#, "'repetition_penalty' must be above 0 and finite, found 1e-45"),
    (#"{"prompt":"p","temperature":1e39}"#, "'temperature' must be above 0 and finite, found 1e+39"),
  ])
  func valuesAreCheckedAsFP32(_ line: String, sentence: String) throws {
    let folder = try JobFolder()
    try folder.write([line])
    #expect(try folder.run().errors == 1)
    let error = try #require(try folder.results().first?["error"])
    #expect(error["type"]?.string == "invalid_request")
    #expect(error["message"]?.string?.hasPrefix(sentence) == true, "\(error["message"]?.string ?? "")")
  }
}
