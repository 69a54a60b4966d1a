internal import JSON

extension TokenizerDefinition {
  /// Reads the pre-tokenizer of `tokenizer.json`, after the normalizer.
  mutating func readPreTokenizer(_ json: JSON?, file: String) throws(TokenizerError) {
    guard let json, !json.isNull else { return }
    let component = Component(json, file: file, entry: "pre_tokenizer")
    let preTokenizer = try Self.preTokenizer(component)
    try component.check(
      stepCount: preTokenizer.stepCount, growth: preTokenizer.growth * (normalizer?.growth ?? 1),
      atMost: Growth.maximumOfWords)
    self.preTokenizer = preTokenizer
  }

  private static func preTokenizer(_ component: Component) throws(TokenizerError) -> PreTokenizer {
    switch component.type {
    case Array("Sequence".utf8):
      let steps = try component.steps("pretokenizers").map { step throws(TokenizerError) in try preTokenizer(step) }
      return steps.count == 1 ? steps[0] : .sequence(steps)
    case Array("ByteLevel".utf8):
      return .byteLevel(
        addsPrefixSpace: try component.boolean("add_prefix_space", default: true),
        usesPattern: try component.boolean("use_regex", default: true))
    case Array("BertPreTokenizer".utf8): return .bert
    case Array("Digits".utf8):
      return .digits(try component.boolean("individual_digits", default: false) ? .isolated : .contiguous)
    case Array("Punctuation".utf8): return .punctuation(try behavior(component, default: .isolated))
    case Array("Split".utf8):
      return .split(
        try component.target().pattern, try behavior(component),
        isInverted: try component.boolean("invert", default: false))
    case Array("Whitespace".utf8): return .whitespace
    case Array("WhitespaceSplit".utf8): return .whitespaceSplit
    case Array("Metaspace".utf8): return .metaspace(try metaspace(component))
    case Array("CharDelimiterSplit".utf8): return .delimiter(try component.scalar("delimiter"))
    case Array("FixedLength".utf8): return .fixedLength(try component.integer("length", in: 1...1 << 20))
    default: throw component.unsupported
    }
  }

  private static func behavior(
    _ component: Component, default value: SplitBehavior? = nil
  ) throws(TokenizerError) -> SplitBehavior {
    let name = try component.text("behavior", default: value?.rawValue)
    guard name.utf8.count < 64, let behavior = SplitBehavior(rawValue: name) else {
      throw component.error("behavior", "\(TokenizerError.quote(name)) is not supported")
    }
    return behavior
  }

  /// Reads a Metaspace, which is a pre-tokenizer and a decoder.
  static func metaspace(_ component: Component) throws(TokenizerError) -> Metaspace {
    let name = try component.text("prepend_scheme", default: Metaspace.Prefix.always.rawValue)
    guard name.utf8.count < 64, var prefix = Metaspace.Prefix(rawValue: name) else {
      throw component.error("prepend_scheme", "\(TokenizerError.quote(name)) is not supported")
    }
    // Files from before 2024 say it so.
    if try !component.boolean("add_prefix_space", default: true) { prefix = .never }
    return Metaspace(
      replacement: try component.scalar("replacement", default: "▁"), prefix: prefix,
      splits: try component.boolean("split", default: true))
  }
}
