/// Decodes tokens one by one through the steps of a decoder, giving out text as soon as it is certain.
struct DecoderChain: Sendable {
  private let steps: [DecoderStep]
  /// By the step.
  private var states: [State]

  private struct State {
    /// How many tokens have passed; in a text, how many characters were left out at its start.
    var count = 0
    /// Bytes that wait for more.
    var held: [UInt8] = []
    var isHolding = false
  }

  init(_ steps: [DecoderStep]) {
    self.steps = steps
    states = steps.map { _ in State() }
  }

  /// Whether tokens are bytes to begin with.
  var startsWithBytes: Bool { if case .byteLevel = steps.first { true } else { false } }

  /// As if a token had passed.
  mutating func skipFirst() { for index in states.indices { states[index].count = 1 } }

  /// - Parameter token: As it is spelled, or its bytes (``startsWithBytes``).
  mutating func append(_ token: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    push(token, at: 0, into: &text)
    return text
  }

  /// What was held back, when no more tokens will come; the chain is then ready for another text.
  mutating func finish() -> [UInt8] {
    var text: [UInt8] = []
    for index in steps.indices { flush(index, into: &text) }
    states = steps.map { _ in State() }
    return text
  }

  private mutating func push(_ token: [UInt8], at index: Int, into text: inout [UInt8]) {
    guard index < steps.count else {
      text += token
      return
    }
    let isFirst = states[index].count == 0
    switch steps[index] {
    case .byteLevel:
      let bytes = index == 0 ? token : ByteAlphabet.bytes(of: String(decoding: token, as: UTF8.self)) ?? token
      pushBytes(bytes, at: index, into: &text)
    case .byteFallback:
      if let byte = Self.byte(token) {
        states[index].held.append(byte)
      } else {
        flush(index, into: &text)
        push(token, at: index + 1, into: &text)
      }
    case .fuse: push(token, at: index + 1, into: &text)
    case .replace(let pattern, let content):
      var matcher = PatternMatcher(pattern, token, in: token.indices)
      let replaced = matcher.pieces().reduce(into: [UInt8]()) { $0 += $1.isMatch ? content[...] : token[$1.range] }
      push(replaced, at: index + 1, into: &text)
    case .replaceText(let old, let content): push(token.replacing(old, by: content), at: index + 1, into: &text)
    case .strip(let scalar, let start, let end):
      push(stripped(token, scalar, start, end, at: index), at: index + 1, into: &text)
    case .wordPiece(let prefix, let cleansUp):
      var piece = token
      if !isFirst { piece = token.starts(with: prefix) ? Array(token.dropFirst(prefix.count)) : [0x20] + token }
      states[index].count += 1
      push(cleansUp ? CleanUp.token(piece) : piece, at: index + 1, into: &text)
    case .metaspace(let mark, let dropsFirst):
      states[index].count += 1
      let spaces: [UInt8] = isFirst && dropsFirst ? [] : [0x20]
      push(token.replacing([UInt8](scalars: [mark]), by: spaces), at: index + 1, into: &text)
    case .wordEnd(let suffix):
      let held = states[index]
      states[index].held = token
      states[index].isHolding = true
      if held.isHolding { push(held.held.replacing(suffix, by: [0x20]), at: index + 1, into: &text) }
    case .spaced:
      states[index].count += 1
      push(isFirst ? token : [0x20] + token, at: index + 1, into: &text)
    case .cleanUp:
      states[index].held += token
      guard let last = states[index].held.lastIndex(where: { !CleanUp.concerns($0) }) else { return }
      let certain = Array(states[index].held[...last])
      states[index].held.removeSubrange(...last)
      push(CleanUp.text(certain), at: index + 1, into: &text)
    }
  }

  private mutating func flush(_ index: Int, into text: inout [UInt8]) {
    let (held, isHolding) = (states[index].held, states[index].isHolding)
    states[index].held = []
    switch steps[index] {
    case .byteFallback where !held.isEmpty:
      if String(validating: held, as: UTF8.self) != nil {
        push(held, at: index + 1, into: &text)
      } else {
        for _ in held { push(Array("\u{FFFD}".utf8), at: index + 1, into: &text) }
      }
    case .byteLevel where !held.isEmpty:
      push(Array(String(decoding: held, as: UTF8.self).utf8), at: index + 1, into: &text)
    case .wordEnd(let suffix) where isHolding: push(held.replacing(suffix, by: []), at: index + 1, into: &text)
    case .cleanUp where !held.isEmpty: push(CleanUp.text(held), at: index + 1, into: &text)
    default: break
    }
  }

  /// Gives out bytes as far as they are whole characters, or certainly none.
  private mutating func pushBytes(_ bytes: [UInt8], at index: Int, into text: inout [UInt8]) {
    let bytes = states[index].held + bytes
    let certain = bytes.count - bytes.incompleteSuffixCount
    states[index].held = Array(bytes[certain...])
    push(Array(String(decoding: bytes[..<certain], as: UTF8.self).utf8), at: index + 1, into: &text)
  }

  /// In a text that comes in parts only its start is left out (``TokenizerDefinition/readDecoder(_:file:)``).
  private mutating func stripped(
    _ token: [UInt8], _ scalar: Unicode.Scalar, _ start: Int, _ end: Int, at index: Int
  ) -> [UInt8] {
    let mark = [UInt8](scalars: [scalar])
    var rest = token[...]
    let isText = steps[..<index].contains { step in
      switch step {
      case .fuse, .byteLevel: true
      default: false
      }
    }
    var count = isText ? states[index].count : 0
    while count < start, rest.starts(with: mark) {
      rest = rest.dropFirst(mark.count)
      count += 1
    }
    if isText {
      states[index].count = rest.isEmpty ? count : .max
      return Array(rest)
    }
    for _ in 0..<end where rest.suffix(mark.count).elementsEqual(mark) { rest = rest.dropLast(mark.count) }
    return Array(rest)
  }

  /// The byte that a token such as "<0x41>" stands for.
  private static func byte(_ token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else { return nil }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }
}
