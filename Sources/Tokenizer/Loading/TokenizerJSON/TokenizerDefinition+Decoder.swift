internal import JSON

extension TokenizerDefinition {
  /// Reads the decoder of `tokenizer.json`; without one, tokens have spaces between them.
  mutating func readDecoder(_ json: JSON?, file: String) throws(TokenizerError) {
    guard let json, !json.isNull else {
      decoder = [.spaced]
      return
    }
    let component = Component(json, file: file, entry: "decoder")
    let steps = try Self.steps(component)
    try component.check(stepCount: steps.count, growth: steps.reduce(1) { $0 * $1.step.growth })
    decoder = steps.map(\.step)
    // After it tokens come as one text, in parts.
    guard let whole = steps.firstIndex(where: { Self.joins($0.step) }) else { return }
    for (step, component) in steps[(whole + 1)...] where !Self.isForParts(step) {
      let type = TokenizerError.quote(component.json["type"]?.string ?? "")
      throw component.error("type", "\(type) is not supported after all tokens became one text")
    }
  }

  private static func steps(_ component: Component) throws(TokenizerError) -> [(step: DecoderStep, Component)] {
    if component.type == Array("Sequence".utf8) {
      var steps: [(step: DecoderStep, Component)] = []
      for step in try component.steps("decoders") { steps += try Self.steps(step) }
      return steps
    }
    return [(try step(component), component)]
  }

  private static func step(_ component: Component) throws(TokenizerError) -> DecoderStep {
    switch component.type {
    case Array("ByteLevel".utf8): return .byteLevel
    case Array("ByteFallback".utf8): return .byteFallback
    case Array("Fuse".utf8): return .fuse
    case Array("Replace".utf8):
      let content = try component.shortText("content")
      switch try component.target() {
      case .text(let text): return .replaceText(text, by: content)
      case .pattern(let pattern): return .replace(pattern, by: content)
      }
    case Array("Strip".utf8):
      return .strip(
        try component.scalar("content", default: " "), start: try component.integer("start", in: 0...1024),
        end: try component.integer("stop", in: 0...1024))
    case Array("WordPiece".utf8):
      return .wordPiece(
        prefix: try component.shortText("prefix", default: "##"),
        cleansUp: try component.boolean("cleanup", default: true))
    case Array("Metaspace".utf8):
      let metaspace = try metaspace(component)
      return .metaspace(metaspace.replacement, dropsFirst: metaspace.prefix != .never)
    case Array("BPEDecoder".utf8): return .wordEnd(suffix: try component.shortText("suffix", default: "</w>"))
    default: throw component.unsupported
    }
  }

  private static func joins(_ step: DecoderStep) -> Bool {
    switch step {
    case .fuse, .byteLevel: true
    default: false
    }
  }

  /// Whether a step gives the same for a text in parts, each of whole characters.
  private static func isForParts(_ step: DecoderStep) -> Bool {
    switch step {
    case .fuse, .cleanUp, .strip(_, start: _, end: 0): true
    case .replaceText(let old, _): old.count { $0 & 0xC0 != 0x80 } == 1
    default: false
    }
  }
}
