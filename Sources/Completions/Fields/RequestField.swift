package import GPT2
package import JSON
internal import System

/// A field of a request, which knows its name when its value turns out to be wrong.
package struct RequestField: Sendable {
  package let name: String
  package let value: JSON

  package init(_ name: String, _ value: JSON) {
    self.name = name
    self.value = value
  }

  package func string() throws(CompletionError) -> String { try value(.string) }
  package func boolean() throws(CompletionError) -> Bool { try value(.boolean) }
  package func integer() throws(CompletionError) -> Int { try value(.integer) }
  /// A string, or a list of strings; none of them empty.
  package func strings() throws(CompletionError) -> [String] { try value(.strings) }

  /// A whole number of a range.
  package func integer(in range: ClosedRange<Int>) throws(CompletionError) -> Int {
    let value = try integer()
    guard range.contains(value) else {
      throw invalid("must be from \(range.lowerBound) to \(range.upperBound), found \(value)")
    }
    return value
  }

  /// Whose defaults hold.
  package func preset() throws(CompletionError) -> SettingsPreset {
    let text = try string()
    // Before it is compared: of many combining marks, that takes the square of their number.
    guard !Self.isTooLong(name: text), let preset = SettingsPreset(rawValue: text) else {
      throw invalid("must be " + SettingsPreset.allCases.map(\.rawValue).joined(separator: " or "))
    }
    return preset
  }

  /// Asks for the setting of a row.
  package func ask(_ row: any SettingRow, in overrides: inout GenerationOverrides) throws(CompletionError) {
    do throws(SettingProblem) {
      try row.ask(for: value, in: &overrides)
    } catch {
      throw invalid(error.text)
    }
  }

  /// A refusal of an unknown name.
  ///
  /// - Parameter names: Those that are known there.
  package func unknown(in place: String, among names: [String]) -> CompletionError {
    let known = Self.transformers[name].flatMap { names.contains($0) ? $0 : nil }
    let meant = Self.prompts.contains(name) ? "prompt" : known ?? name.nearest(among: names)
    return .invalid(
      "'\(name.excerpt)' is not a field of \(place)" + (meant.map { "; did you mean '\($0)'?" } ?? "."),
      param: name.excerpt, code: .unknownField)
  }

  /// What data sets call a prompt.
  private static let prompts: Set = ["text", "input", "inputs", "content", "question", "instruction", "messages"]

  /// What transformers calls some. No other names of theirs: `do_sample` is the reverse, and of `stop_strings` the text
  /// keeps the one that ends it.
  private static let transformers = ["do_sample": "greedy", "stop_strings": "stop", "num_return_sequences": "n"]

  /// Accepts a value that changes nothing, and refuses others.
  package func requireNeutral(_ isNeutral: (JSON) -> Bool) throws(CompletionError) {
    guard isNeutral(value) else { throw invalid("is not supported: leave it out") }
  }

  private func value<Value>(_ kind: SettingKind<Value>) throws(CompletionError) -> Value {
    do throws(SettingProblem) {
      return try kind.askedValue(of: value)
    } catch {
      throw invalid(error.text)
    }
  }

  /// An error about this field's value, from the rest of a sentence.
  package func invalid(_ problem: String) -> CompletionError { .invalid("'\(name)' \(problem).", param: name) }
}

extension RequestField {
  /// The fields of a request that are given; null is not.
  static func fields(of body: JSON) throws(CompletionError) -> [RequestField] {
    guard let members = body.members else {
      throw .invalid("The request must be an object, found \(body.kind).", code: .invalidJSON)
    }
    try check(members)
    return members.filter { !$0.value.isNull }.map { RequestField($0.key, $0.value) }
  }

  /// The longest name that is compared with those of options: strings are compared by their normal form, which takes
  /// quadratic time in the length of a run of combining marks.
  private static let maximumNameByteCount = 64

  package static func isTooLong(name: String) -> Bool { name.utf8.count > maximumNameByteCount }

  /// Refuses names that no option has, before they are compared, and names that come twice.
  package static func check(_ members: [JSON.Member]) throws(CompletionError) {
    try checkNames(of: members)
    var names: Set<String> = []
    for member in members where !names.insert(member.key).inserted {
      throw .invalid("'\(member.key)' comes twice.", param: member.key)
    }
  }

  /// Refuses a setting that is asked for under two names.
  ///
  /// - Parameter row: The setting that a name asks for.
  package static func checkSettings(
    of members: [JSON.Member], _ row: (String) -> (any SettingRow)?
  ) throws(CompletionError) {
    var names: [Setting: String] = [:]
    for member in members where !member.value.isNull && !isTooLong(name: member.key) {
      // Words and tokens are both banned.
      guard let setting = row(member.key)?.setting, setting != .badWords else { continue }
      if let other = names.updateValue(member.key, forKey: setting) {
        throw .invalid("'\(other)' and '\(member.key)' are one setting: leave one out.", param: member.key)
      }
    }
  }

  /// Refuses names that no option has, before they are compared.
  private static func checkNames(of members: [JSON.Member]) throws(CompletionError) {
    guard let name = members.first(where: { isTooLong(name: $0.key) })?.key else { return }
    throw .invalid("A field's name has \(name.utf8.count) bytes, which is no option's name.", code: .unknownField)
  }
}
