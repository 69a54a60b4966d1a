internal import Completions
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
          options: RequestOptions()))
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
    guard let members = json.members.map(Self.withoutMarks) else {
      return .bad(nil, .native, ItemError(.invalidJSON, "Line \(number) must be an object, found \(json.kind)."))
    }
    let fields = members.filter { !$0.value.isNull && !RequestField.isTooLong(name: $0.key) }.map {
      RequestField($0.key, $0.value)
    }
    let isOpenAI = fields.contains { $0.name == "custom_id" || $0.name == "body" }
    let form: ItemForm = isOpenAI ? .openAI : .native
    var id: ItemID?
    do throws(ItemError) {
      id = try Self.id(fields, named: isOpenAI ? "custom_id" : "id") ?? ItemID(line: number)
      var item = BatchItem(id: id ?? ItemID(line: number), form: form, prompts: [], options: RequestOptions())
      do throws(CompletionError) {
        if !ignoresUnknown {
          try RequestField.check(members)
          if !isOpenAI { try RequestField.checkSettings(of: members, SettingFields.ofItem) }
        }
        try isOpenAI
          ? item.readOpenAI(fields, ignoringUnknown: ignoresUnknown)
          : item.read(fields, ignoringUnknown: ignoresUnknown)
      } catch {
        throw ItemError(error)
      }
      if item.prompts.isEmpty { throw ItemError(.invalidItem, "There is no 'prompt'.") }
      return .item(item)
    } catch {
      return .bad(id, form, error)
    }
  }

  /// Takes the byte order mark off names, which the first column of a table has that was read without regard to it.
  private static func withoutMarks(_ members: [JSON.Member]) -> [JSON.Member] {
    guard members.contains(where: { $0.key.unicodeScalars.first == "\u{FEFF}" }) else { return members }
    return members.map { member in
      JSON.Member(String(String.UnicodeScalarView(member.key.unicodeScalars.drop { $0 == "\u{FEFF}" })), member.value)
    }
  }

  private static func id(_ fields: [RequestField], named name: String) throws(ItemError) -> ItemID? {
    guard let field = fields.last(where: { $0.name == name }) else { return nil }
    guard let id = ItemID(field.value) else {
      throw ItemError(
        .invalidItem, "'\(name)' must be a string or a whole number below 2⁶³, found \(field.value.kind).")
    }
    return id
  }
}
