internal import GPT2
internal import JSON

/// Reads items from lines.
struct ItemParser: Sendable {
  /// The longest line that is taken, in bytes.
  static let maximumByteCount = 1 << 24

  /// The contents of a line.
  enum Line {
    /// Nothing: a blank line of JSON Lines.
    case blank
    case item(BatchItem)
    /// An item that cannot be used; without an id, where none could be read.
    case bad(ItemID?, ItemForm, ItemError)
  }

  /// Whether a line is a prompt as it stands; otherwise it is JSON.
  let isText: Bool
  /// Whether fields that nobody knows are left out; otherwise they refuse their item.
  private let ignoresUnknown: Bool

  init(isText: Bool, ignoresUnknown: Bool = false) {
    self.isText = isText
    self.ignoresUnknown = ignoresUnknown
  }

  /// Reads a line, given without its end.
  ///
  /// - Parameter number: Its number, counted from 1.
  func parse(_ bytes: [UInt8], number: Int) -> Line {
    let bytes = number == 1 && bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    do {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      return .bad(
        nil, .native,
        ItemError(
          .invalidEncoding,
          "Line \(number) is not UTF-8: the byte at offset \(error.byteOffsets.lowerBound) begins no character."))
    }
    if isText {
      return .item(
        BatchItem(
          id: ItemID(line: number), form: .native, prompts: [.text(String(decoding: bytes, as: UTF8.self))],
          options: ItemOptions()))
    }
    if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return .blank }
    do throws(JSON.ParsingError) {
      return parse(try JSON(parsing: bytes), number: number)
    } catch {
      return .bad(nil, .native, ItemError(.invalidJSON, "Line \(number) is \(error)."))
    }
  }

  /// A line that was too long to be read.
  static func tooLong(number: Int) -> ItemError {
    ItemError(.lineTooLong, "Line \(number) has more than \(maximumByteCount) bytes.")
  }

  private func parse(_ json: JSON, number: Int) -> Line {
    guard let members = json.members else {
      return .bad(nil, .native, ItemError(.invalidJSON, "Line \(number) must be an object, found \(json.kind)."))
    }
    let fields = members.filter { !$0.value.isNull && !ItemField.isTooLong(name: $0.key) }.map {
      ItemField(name: $0.key, value: $0.value)
    }
    let isOpenAI = fields.contains { $0.name == "custom_id" || $0.name == "body" }
    let form: ItemForm = isOpenAI ? .openAI : .native
    var id: ItemID?
    do throws(ItemError) {
      id = try Self.id(fields, named: isOpenAI ? "custom_id" : "id") ?? ItemID(line: number)
      if !ignoresUnknown { try ItemField.checkNames(of: members) }
      var item = BatchItem(id: id ?? ItemID(line: number), form: form, prompts: [], options: ItemOptions())
      let prompts =
        isOpenAI
        ? try item.options.readOpenAI(fields, ignoringUnknown: ignoresUnknown)
        : try item.options.read(fields, ignoringUnknown: ignoresUnknown).map { [$0] }
      guard let prompts else { throw ItemError(.invalidItem, "There is no 'prompt'.") }
      item.prompts = prompts
      return .item(item)
    } catch {
      return .bad(id, form, error)
    }
  }

  private static func id(_ fields: [ItemField], named name: String) throws(ItemError) -> ItemID? {
    guard let field = fields.last(where: { $0.name == name }) else { return nil }
    guard let id = ItemID(field.value) else {
      throw ItemError(
        .invalidItem, "'\(name)' must be a string or a whole number below 2⁶³, found \(field.value.kind).")
    }
    return id
  }
}

extension ItemOptions {
  /// The settings by their fields in an item of this program's own form.
  private static let settings = Dictionary(
    Setting.table.compactMap { row in row.columns.itemField.map { ($0, row) } }, uniquingKeysWith: { first, _ in first }
  )

  /// What OpenAI's API and llama.cpp call some of them, which can mean nothing else.
  private static let aliases = [
    "max_tokens": "max_new_tokens", "n_predict": "max_new_tokens", "repeat_penalty": "repetition_penalty",
  ]

  /// Takes the fields of an item of this program's own form; returns its prompt.
  mutating func read(_ fields: [ItemField], ignoringUnknown: Bool) throws(ItemError) -> Prompt? {
    var prompt: Prompt?
    for field in fields {
      switch field.name {
      case "id": break
      case "prompt": prompt = try field.prompt()
      case "logprobs": wantsLogProbabilities = try field.boolean()
      case "preset":
        guard let preset = SettingsPreset(rawValue: try field.string()) else {
          let known = SettingsPreset.allCases.map(\.rawValue).joined(separator: " or ")
          throw ItemError(.invalidItem, "'preset' must be \(known).")
        }
        self.preset = preset
      default:
        if let row = Self.settings[Self.aliases[field.name] ?? field.name] {
          try read(field, as: row)
        } else if !ignoringUnknown {
          throw field.unknown(in: "an item", among: Array(Self.settings.keys) + ["id", "prompt", "logprobs", "preset"])
        }
      }
    }
    return prompt
  }

  private mutating func read(_ field: ItemField, as row: any SettingRow) throws(ItemError) {
    switch row.setting {
    // An item says greedy, the opposite of drawing, and words, which are no tokens yet.
    case .doSample: isGreedy = try field.boolean()
    case .badWords: badWords = try field.strings()
    default: try field.ask(row, in: &overrides)
    }
  }
}
