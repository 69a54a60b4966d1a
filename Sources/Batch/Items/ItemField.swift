internal import GPT2
internal import JSON
internal import System

/// A field of an item, which knows its name when its value turns out to be wrong.
struct ItemField {
  let name: String
  let value: JSON

  func string() throws(ItemError) -> String { try value(.string) }
  func boolean() throws(ItemError) -> Bool { try value(.boolean) }
  func integer() throws(ItemError) -> Int { try value(.integer) }
  /// A string, or a list of strings; none of them empty.
  func strings() throws(ItemError) -> [String] { try value(.strings) }

  /// Asks for the setting of a row.
  func ask(_ row: any SettingRow, in overrides: inout GenerationOverrides) throws(ItemError) {
    do throws(SettingProblem) {
      try row.ask(for: value, in: &overrides)
    } catch {
      throw invalid(error.text)
    }
  }

  /// A text, or token ids.
  func prompt() throws(ItemError) -> Prompt {
    if let text = value.string { return .text(text) }
    guard let elements = value.array else {
      throw invalid("must be a string or a list of token ids, found \(value.numberOrKind)")
    }
    var ids: [Int32] = []
    ids.reserveCapacity(elements.count)
    for (place, element) in elements.enumerated() {
      guard let id = element.integer.flatMap({ Int32(exactly: $0) }) else {
        throw invalid(
          "must be a string or a list of token ids, but its element \(place) is \(element.numberOrKind)")
      }
      ids.append(id)
    }
    return .tokens(ids)
  }

  /// As OpenAI gives prompts: a text, token ids, or a list of texts or of lists of token ids.
  func prompts() throws(ItemError) -> [Prompt] {
    guard let elements = value.array, let first = elements.first, first.string != nil || first.array != nil else {
      return [try prompt()]
    }
    guard elements.count <= Self.mostPrompts else {
      throw invalid("must be at most \(Self.mostPrompts) prompts, found \(elements.count): make it several items")
    }
    var prompts: [Prompt] = []
    for (place, element) in elements.enumerated() {
      guard (element.string != nil) == (first.string != nil), element.string != nil || element.array != nil else {
        throw invalid(
          "must be texts or lists of token ids, all of one kind, but its element \(place) is \(element.kind)")
      }
      prompts.append(try ItemField(name: "\(name)[\(place)]", value: element).prompt())
    }
    return prompts
  }

  /// As many as an item may have samples: each prompt has one at least.
  private static let mostPrompts = 4096

  /// A refusal of an unknown name.
  ///
  /// - Parameter names: Those that are known there.
  func unknown(in place: String, among names: [String]) -> ItemError {
    let meant = Self.prompts.contains(name) ? "prompt" : name.nearest(among: names)
    return ItemError(
      .invalidItem,
      "'\(name.prefix(100))' is not a field of \(place); " + (meant.map { "did you mean '\($0)'? " } ?? "")
        + "--ignore-unknown leaves such fields out.")
  }

  /// What data sets call a prompt.
  private static let prompts: Set = ["text", "input", "inputs", "content", "question", "instruction", "messages"]

  /// Accepts a value that changes nothing, and refuses others.
  func requireNeutral(_ isNeutral: (JSON) -> Bool) throws(ItemError) {
    guard isNeutral(value) else { throw invalid("is not supported: leave it out") }
  }

  private func value<Value>(_ kind: SettingKind<Value>) throws(ItemError) -> Value {
    do throws(SettingProblem) {
      return try kind.askedValue(of: value)
    } catch {
      throw invalid(error.text)
    }
  }

  /// An error about this field's value, from the rest of a sentence.
  private func invalid(_ problem: String) -> ItemError { ItemError(.invalidItem, "'\(name)' \(problem).") }
}

extension ItemField {
  /// The longest name that is compared with those of options: strings are compared by their normal form, which takes
  /// quadratic time in the length of a run of combining marks.
  private static let maximumNameByteCount = 64

  static func isTooLong(name: String) -> Bool { name.utf8.count > maximumNameByteCount }

  /// Refuses names that no option has, before they are compared.
  static func checkNames(of members: [JSON.Member]) throws(ItemError) {
    guard let name = members.first(where: { isTooLong(name: $0.key) })?.key else { return }
    throw ItemError(.invalidItem, "A field's name has \(name.utf8.count) bytes, which is no option's name.")
  }
}
