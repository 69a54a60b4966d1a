internal import JSON

/// A part of `tokenizer.json` that is being read, and where it stands.
struct Component {
  let json: JSON
  let file: String
  let entry: String

  init(_ json: JSON, file: String, entry: String) {
    self.json = json
    self.file = file
    self.entry = entry
  }

  /// Its type, as bytes: text from files is not compared as `String`s.
  var type: [UInt8] { Array((json["type"]?.string ?? "").utf8.prefix(64)) }

  func error(_ member: String? = nil, _ problem: String) -> TokenizerError {
    TokenizerError(file, member.map { "\(entry).\($0)" } ?? entry, problem)
  }

  /// Of a type that is not known.
  var unsupported: TokenizerError {
    error("type", "\(TokenizerError.quote(json["type"]?.string ?? json.kind)) is not supported")
  }

  func boolean(_ member: String, default value: Bool? = nil) throws(TokenizerError) -> Bool {
    switch json[member] {
    case .boolean(let value): return value
    case nil, .null:
      guard let value else { throw error(member, "is missing") }
      return value
    case let other?: throw error(member, "expected a boolean, but found \(other.kind)")
    }
  }

  func text(_ member: String, default value: String? = nil) throws(TokenizerError) -> String {
    switch json[member] {
    case .string(let value): return value
    case nil, .null:
      guard let value else { throw error(member, "is missing") }
      return value
    case let other?: throw error(member, "expected a string, but found \(other.kind)")
    }
  }

  func integer(_ member: String, in range: ClosedRange<Int>) throws(TokenizerError) -> Int {
    guard let value = json[member]?.integer, range.contains(value) else {
      throw error(member, "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func scalar(_ member: String, default value: Unicode.Scalar? = nil) throws(TokenizerError) -> Unicode.Scalar {
    let scalars = try text(member, default: value.map { String($0) }).unicodeScalars
    guard let scalar = scalars.first, scalars.count == 1 else { throw error(member, "expected one character") }
    return scalar
  }

  /// A text of the file that is put into texts, and so bounded.
  func shortText(_ member: String, default value: String? = nil) throws(TokenizerError) -> [UInt8] {
    let bytes = Array(try text(member, default: value).utf8)
    guard bytes.count <= 256 else { throw error(member, "has \(bytes.count) bytes; at most 256 are supported") }
    return bytes
  }

  /// The most steps that a tokenizer may have in one place, those of sequences in sequences too.
  private static let maximumSteps = 64

  /// Refuses more steps, or a longer text, than any tokenizer needs.
  func check(stepCount: Int, growth: Double, atMost maximum: Double = Growth.maximum) throws(TokenizerError) {
    guard stepCount <= Self.maximumSteps else {
      throw error(nil, "has more than \(Self.maximumSteps) steps, which is the most that is supported")
    }
    guard growth <= maximum else {
      throw error(nil, "makes texts more than \(Int(maximum)) times longer")
    }
  }

  /// The steps of a sequence.
  func steps(_ member: String) throws(TokenizerError) -> [Component] {
    guard let array = json[member]?.array else { throw error(member, "expected an array") }
    guard array.count <= 32 else { throw error(member, "has \(array.count) steps; at most 32 are supported") }
    return array.enumerated().map { Component($1, file: file, entry: "\(entry).\(member)[\($0)]") }
  }

  /// What is looked for: a text, or a regular expression.
  enum Target {
    case text([UInt8])
    case pattern(Pattern)

    var pattern: Pattern {
      switch self {
      case .text(let text): Pattern(literal: String(decoding: text, as: UTF8.self))
      case .pattern(let pattern): pattern
      }
    }
  }

  func target() throws(TokenizerError) -> Target {
    if let text = json["pattern"]?["String"]?.string {
      guard !text.isEmpty, text.utf8.count <= 256 else { throw error("pattern", "has no or more than 256 bytes") }
      return .text(Array(text.utf8))
    }
    guard let text = json["pattern"]?["Regex"]?.string else {
      throw error("pattern", "expected {\"String\": …} or {\"Regex\": …}")
    }
    do throws(PatternError) {
      return .pattern(try Pattern(text))
    } catch {
      throw self.error("pattern", "\(TokenizerError.quote(text)) \(error.problem)")
    }
  }
}
