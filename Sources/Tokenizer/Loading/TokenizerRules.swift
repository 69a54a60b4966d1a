internal import JSON

/// The rules that a class of transformers 5 makes its byte-pair encoding with, whatever `tokenizer.json` says beside
/// vocabulary, merges, added tokens and what stands around a text.
struct TokenizerRules {
  enum Kind: String {
    case blenderbot = "BlenderbotTokenizer"
    case cohere = "CohereTokenizer"
    case gemma = "GemmaTokenizer"
    case gptNeoX = "GPTNeoXTokenizer"
    case llama = "LlamaTokenizer"
    case openAIGPT = "OpenAIGPTTokenizer"
    case qwen2 = "Qwen2Tokenizer"
    case qwen3 = "Qwen3_5Tokenizer"
  }

  let kind: Kind
  private let addsPrefixSpace: Bool
  /// Whether a space precedes each stretch of text between special tokens, too.
  private let isLegacy: Bool

  /// - Parameter configuration: `tokenizer_config.json`.
  init(_ kind: Kind, configuration: JSON?) {
    self.kind = kind
    let isUsual = kind == .blenderbot || kind == .llama
    addsPrefixSpace = configuration?["add_prefix_space"]?.boolean ?? isUsual
    isLegacy = configuration?["legacy"]?.boolean ?? false
  }

  /// As `tokenizer.json` says them: normalizer, pre-tokenizer, decoder, and what the model has beside its vocabulary.
  var json: JSON {
    // The texts below are JSON.
    (try? JSON(parsing: Array("{\(normalizer), \(preTokenizer), \(decoder), \(model)}".utf8))) ?? .null
  }

  /// Whether the file's post-processor does not count.
  var leavesTextsAlone: Bool { kind == .gptNeoX }

  /// The tokens that the class has where the files name none.
  func token(for role: SpecialTokenRole) -> String? {
    switch (kind, role) {
    case (.blenderbot, _): role.robertaDefault
    case (.cohere, .eos): "<|END_OF_TURN_TOKEN|>"
    case (.cohere, .bos): "<BOS_TOKEN>"
    case (.cohere, .mask): "<MASK_TOKEN>"
    case (.cohere, _): "<\(role.rawValue.prefix(3).uppercased())>"
    case (.gemma, .bos), (.gemma, .eos), (.gemma, .unk), (.gemma, .pad), (.gemma, .mask):
      "<\(role.rawValue.split(separator: "_")[0])>"
    case (.gptNeoX, .pad): "<|padding|>"
    case (.gptNeoX, .bos), (.gptNeoX, .eos), (.gptNeoX, .unk): "<|endoftext|>"
    case (.llama, .bos): "<s>"
    case (.llama, .eos): "</s>"
    case (.llama, .unk), (.openAIGPT, .unk): "<unk>"
    case (.qwen2, .eos), (.qwen2, .unk), (.qwen2, .pad), (.qwen3, .eos), (.qwen3, .unk), (.qwen3, .pad):
      "<|endoftext|>"
    default: nil
    }
  }

  /// Whether the model has a token for unknown characters.
  var hasUnknown: Bool { kind == .gemma || kind == .openAIGPT }

  private var normalizer: String {
    switch kind {
    case .blenderbot, .llama: #""normalizer": null"#
    case .cohere, .gptNeoX, .qwen2, .qwen3: #""normalizer": {"type": "NFC"}"#
    case .gemma: #""normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}"#
    case .openAIGPT: #""normalizer": {"type": "BertNormalizer"}"#
    }
  }

  private var preTokenizer: String {
    let byteLevel = #"{"type": "ByteLevel", "add_prefix_space": \#(addsPrefixSpace)"#
    return switch kind {
    case .blenderbot, .gptNeoX: #""pre_tokenizer": \#(byteLevel)}"#
    case .cohere: Self.sequence(#"{"type": "Digits", "individual_digits": true}"#, byteLevel + "}")
    case .qwen2: Self.sequence(Self.split(letters: #"\\p{L}"#), byteLevel + #", "use_regex": false}"#)
    case .qwen3: Self.sequence(Self.split(letters: #"\\p{L}\\p{M}"#), byteLevel + #", "use_regex": false}"#)
    case .llama: #""pre_tokenizer": {"type": "Metaspace", "prepend_scheme": "\#(prefix.rawValue)", "split": false}"#
    case .gemma:
      #""pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious"}"#
    case .openAIGPT: #""pre_tokenizer": {"type": "BertPreTokenizer"}"#
    }
  }

  private var prefix: Metaspace.Prefix { addsPrefixSpace ? (isLegacy ? .always : .first) : .never }

  private static func sequence(_ steps: String...) -> String {
    #""pre_tokenizer": {"type": "Sequence", "pretokenizers": [\#(steps.joined(separator: ", "))]}"#
  }

  /// Qwen's pattern; of Qwen 3.5 marks belong to words.
  private static func split(letters: String) -> String {
    let word = letters == #"\\p{L}"# ? letters : "[\(letters)]"
    let pattern =
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\#(word)+|\\p{N}| ?[^\\s\#(letters)\\p{N}]+[\\r\\n]*"#
      + #"|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"#
    return #"{"type": "Split", "pattern": {"Regex": "\#(pattern)"}, "behavior": "Isolated"}"#
  }

  private var decoder: String {
    let spaces = #"{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}"#
    let steps = #"\#(spaces), {"type": "ByteFallback"}, {"type": "Fuse"}"#
    let strip = addsPrefixSpace ? #", {"type": "Strip", "content": " ", "start": 1, "stop": 0}"# : ""
    return switch kind {
    case .blenderbot, .cohere, .gptNeoX, .qwen2, .qwen3: #""decoder": {"type": "ByteLevel"}"#
    case .gemma: #""decoder": {"type": "Sequence", "decoders": [\#(steps)]}"#
    case .llama: #""decoder": {"type": "Sequence", "decoders": [\#(steps)\#(strip)]}"#
    case .openAIGPT: #""decoder": {"type": "BPEDecoder"}"#
    }
  }

  private var model: String {
    switch kind {
    case .blenderbot, .cohere, .gptNeoX, .qwen2, .qwen3: #""model": {}"#
    case .gemma, .llama: #""model": {"fuse_unk": true, "byte_fallback": true}"#
    case .openAIGPT: #""model": {"end_of_word_suffix": "</w>"}"#
    }
  }
}
