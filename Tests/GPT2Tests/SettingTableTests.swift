import JSON
import Sampling
import Testing

@testable import GPT2

/// Every row of the table of settings.
@Suite struct SettingTableTests {
  private func resolve(_ overrides: GenerationOverrides, _ generation: String = "{}") throws -> GenerationSettings {
    try GenerationSettings(
      overrides, preset: .hf5, configuration: .object([]), generationConfiguration: JSON(parsing: generation))
  }

  /// A value of the row's kind that is not its default, as somebody asks for it.
  private func wish(_ row: any SettingRow) throws -> JSON {
    let other: [String: JSON] = [
      "true or false": .boolean(row.setting != .returnsFullText), "a number": .number(0.5),
      "a whole number": .integer(3), "a string": .string("x"), "a string or a list of strings": .array([.string("x")]),
      "a list of lists of token ids": .array([.array([.integer(1)])]),
      "a token id or a list of token ids": .array([.integer(1)]),
      "an object of token ids and numbers": ["1": .number(0.5)],
      "a list of pairs of a list of token ids and a number": .array([.array([.array([.integer(1)]), .number(0.5)])]),
      "a pair of a whole number and a number": .array([.integer(3), .number(0.5)]),
      "false, true or \"never\"": .string("never"),
    ]
    return row.setting == .seed ? .integer(3) : try #require(other[row.kindName], "\(row.kindName)")
  }

  @Test func namesDiffer() {
    let flags = Setting.table.compactMap(\.flag)
    let fields = Setting.table.compactMap(\.columns.itemField)
    let completionsFields = Setting.table.compactMap(\.columns.completionsField)
    #expect(Set(flags).count == flags.count && Set(fields).count == fields.count)
    #expect(Set(completionsFields).count == completionsFields.count)
    #expect(Setting.table.map(\.setting) == Setting.allCases)
    #expect(Setting.topK.flag == "--top-k" && Setting.samples.flag == "-n" && Setting.endOfText.flag == nil)
  }

  @Test(arguments: Setting.allCases.filter { $0.flag != nil })
  func everyRowIsAskedForStoredAndShown(_ setting: Setting) throws {
    let row = setting.row
    let wish = try wish(row)
    var asked = GenerationOverrides()
    #expect(!row.isAsked(in: asked))
    try row.ask(for: wish, in: &asked)
    #expect(Setting.table.filter { $0.isAsked(in: asked) }.map(\.setting) == [setting])
    #expect(GenerationOverrides().overridden(by: asked) == asked)
    #expect(asked.overridden(by: GenerationOverrides()) == asked)
    let settings = try resolve(asked)
    let shown = try #require(settings.table.first { $0.setting == setting })
    #expect(shown.value.text == wish.text)
    #expect(shown.source == .asked(setting))
  }

  @Test(arguments: Setting.allCases.filter { $0.row.columns.places != .commandLine })
  func everyRowOfFilesIsReadFromThem(_ setting: Setting) throws {
    let value = try wish(setting.row)
    let file = JSON.object([JSON.Member(setting.rawValue, value)])
    let shown = try #require(resolve(GenerationOverrides(), file.text).table.first { $0.setting == setting })
    #expect(shown.value.text == value.text && shown.source == .generationConfiguration)
  }

  @Test(arguments: Setting.allCases.filter { $0.row.columns.places == .commandLine })
  func noOtherIs(_ setting: Setting) throws {
    let file = JSON.object([JSON.Member(setting.rawValue, try wish(setting.row))])
    let shown = try #require(resolve(GenerationOverrides(), file.text).table.first { $0.setting == setting })
    #expect(shown.source == .programDefault)
  }

  @Test func waysOfDrawingImplyIt() throws {
    let greedy = #"{"do_sample": false}"#
    for row in Setting.table where row.flag != nil && row.setting != .doSample {
      var asked = GenerationOverrides()
      try row.ask(for: wish(row), in: &asked)
      let settings = try resolve(asked, greedy)
      #expect(settings.sampling.doSample == row.columns.impliesDrawing, "\(row.setting)")
      if row.columns.impliesDrawing { #expect(settings.sources[.doSample] == .asked(row.setting)) }
    }
  }

  @Test(arguments: [
    (Setting.repetitionPenalty, 1e-45, "must be above 0 and finite, found 1e-45, which is too small for fp32."),
    (.repetitionPenalty, 1e-300, "must be above 0 and finite, found 1e-300, which is too small for fp32."),
    (.repetitionPenalty, 1e39, "must be above 0 and finite, found 1e+39, which is too large for fp32."),
    (.temperature, 1e-39, "must be above 0 and finite, found 1e-39, which is too small for fp32."),
    (.temperature, .greatestFiniteMagnitude, "which is too large for fp32."),
    (.topH, 1.5, "must be 0 (off), or up to 1, found 1.5."),
    (.epsilonCutoff, 0.9999999999, "must be 0 (off), or below 1, found 0.9999999999, which is too large for fp32."),
    (.etaCutoff, 0.9999999999, "must be 0 (off), or below 1, found 0.9999999999, which is too large for fp32."),
    (.topP, 1e-50, "must be above 0 and at most 1, found 1e-50, which is too small for fp32."),
    (.typicalP, 1e-50, "must be above 0 and at most 1, found 1e-50, which is too small for fp32."),
    // As fp32 it is 1: the given number counts too.
    (.topH, 1.00000001, "must be 0 (off), or up to 1, found 1.00000001."),
  ])
  func valuesAreCheckedAsFP32Too(_ setting: Setting, _ value: Double, problem: String) throws {
    var asked = GenerationOverrides()
    try setting.row.ask(for: .number(value), in: &asked)
    let byFlag = #expect(throws: SettingsError.self) { try resolve(asked) }
    #expect(byFlag?.description.hasPrefix(setting.property + " must be ") == true)
    #expect(byFlag?.sentence(.flags).hasPrefix(try #require(setting.flag) + " must be ") == true)
    #expect(byFlag?.description.hasSuffix(problem) == true, "\(byFlag?.description ?? "")")
    let file = JSON.object([JSON.Member(setting.rawValue, .number(value))])
    let byFile = #expect(throws: SettingsError.self) { try resolve(GenerationOverrides(), file.text) }
    #expect(byFile?.description.hasPrefix("\(setting.rawValue) in generation_config.json must be ") == true)
    #expect(byFile?.description.hasSuffix(problem) == true, "\(byFile?.description ?? "")")
  }

  @Test(arguments: [
    (Setting.temperature, Double(Float.leastNormalMagnitude)),
    (.temperature, Double(Float.greatestFiniteMagnitude)),
    (.repetitionPenalty, Double(Float.leastNormalMagnitude)), (.topP, 1e-30), (.minP, 1e-50), (.typicalP, 1),
    (.topH, 1), (.epsilonCutoff, 0), (.etaCutoff, 0.99),
  ])
  func valuesAtTheEdgesAreTaken(_ setting: Setting, _ value: Double) throws {
    var asked = GenerationOverrides()
    try setting.row.ask(for: .number(value), in: &asked)
    #expect(try resolve(asked).table.first { $0.setting == setting }?.value.number == value)
  }
}
