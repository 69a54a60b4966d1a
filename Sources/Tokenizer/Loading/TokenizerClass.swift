internal import JSON

/// What transformers 5 makes a model's tokenizer with, by `tokenizer_class` in `tokenizer_config.json`, else in
/// `config.json`.
enum TokenizerClass {
  /// `GPT2Tokenizer`, also where no class is named: made anew from vocabulary, merges and added tokens. Of
  /// `tokenizer.json` its normalizer, pre-tokenizer, decoder and options of the model do not count.
  case gpt2
  /// `RobertaTokenizer`: made anew as GPT-2's, and puts `<s>` before every text and `</s>` behind it.
  case roberta
  /// `BertTokenizer`: made anew likewise, of a vocabulary and `tokenizer_config.json`.
  case bert
  /// `T5Tokenizer`: made anew likewise, of the pieces and the map of characters of SentencePiece.
  case t5
  /// One of `tokenizer.json`'s vocabulary and merges, and of rules of its own.
  case rules(TokenizerRules)
  /// All others: `tokenizer.json` as it stands.
  case tokenizerJSON
  /// One that cuts texts by rules or dictionaries of its own.
  case unsupported(String)

  /// Whether words are cut as GPT-2 does, whatever the files say.
  var isMadeAnew: Bool {
    switch self {
    case .gpt2, .roberta: true
    default: false
    }
  }

  /// Whether the token for what is masked takes in the spaces before it.
  var hasWideMask: Bool { if case .rules(let rules) = self { rules.kind == .blenderbot } else { false } }

  /// Those that transformers makes by rules of their own too, named without "Tokenizer" at the end.
  private static let others: Set<[UInt8]> = Set(
    [
      "Albert", "Barthez", "Bartpho", "BertGeneration", "BertJapanese", "Bertweet", "BigBird", "BioGpt",
      "BlenderbotSmall", "ByT5", "Camembert", "Canine", "CLIP", "Clvp", "CodeLlama", "Cpm", "CpmAnt", "CTRL",
      "Deberta", "DebertaV2", "Dia", "DPRContextEncoder", "DPRQuestionEncoder", "DPRReader", "Esm", "Esmc",
      "FastSpeech2Conformer", "Flaubert", "FSMT", "Funnel", "GPTNeoXJapanese", "GPTSw3", "Herbert", "Lasr",
      "LayoutLMv2", "LayoutLMv3", "LayoutXLM", "Luke", "M2M100", "Marian", "MarkupLM", "MBart", "MBart50",
      "Mgpstr", "MLuke", "MPNet", "MyT5", "Nllb", "Nougat", "Pegasus", "Perceiver", "Phobert", "PLBart",
      "Pop2Piano", "ProphetNet", "Rag", "Reformer", "RemBert", "RoCBert", "RoFormer", "SeamlessM4T", "Siglip",
      "Siglip2", "Speech2Text", "SpeechT5", "Splinter", "Tapas", "Tipsv2", "Udop", "VideoPrism", "Vits",
      "Wav2Vec2CTC", "Wav2Vec2PhonemeCTC", "Whisper", "XGLM", "XLM", "XLMRoberta", "XLNet",
    ].map { Array($0.utf8) })

  /// The class that the files name.
  init(configuration: JSON?, modelConfiguration: JSON?, files: TokenizerFiles) {
    let named = configuration?["tokenizer_class"]?.string ?? modelConfiguration?["tokenizer_class"]?.string
    var name = (named ?? "").utf8.prefix(64)
    if named != nil { name = Self.without("Fast", name) }
    switch String(Substring(Self.without("Tokenizer", name))) {
    case "GPT2", "":
      // Without a class, a vocabulary that is no GPT-2's says what it is.
      let hasOwn = files.tokenizer != nil || files.vocabulary != nil
      self = !hasOwn && files.wordPieces != nil ? .bert : .gpt2
    case "CodeGen": self = .gpt2
    case "Roberta", "Bart", "LED", "Longformer", "Mvp": self = .roberta
    case "Bert", "DistilBert", "Electra", "LayoutLM", "Lxmert", "MobileBert", "SqueezeBert": self = .bert
    case "T5": self = .t5
    default: self = Self.madeByOthers(name, configuration, files)
    }
  }

  private static func madeByOthers(
    _ name: Substring.UTF8View, _ configuration: JSON?, _ files: TokenizerFiles
  ) -> TokenizerClass {
    if let kind = TokenizerRules.Kind(rawValue: String(Substring(name))) {
      // As transformers asks, wherever in the file it stands.
      let isByteLevel = kind == .llama && files.tokenizer?.contains(Array(#""ByteLevel""#.utf8)) == true
      return isByteLevel ? .tokenizerJSON : .rules(TokenizerRules(kind, configuration: configuration))
    }
    let isOther = others.contains(Array(without("Tokenizer", name)))
    return isOther ? .unsupported(String(Substring(name))) : .tokenizerJSON
  }

  private static func without(_ ending: String, _ name: Substring.UTF8View) -> Substring.UTF8View {
    name.reversed().starts(with: ending.utf8.reversed()) ? name.dropLast(ending.utf8.count) : name
  }
}

/// The members that name a token for a purpose, in `special_tokens_map.json` and `tokenizer_config.json`, in the order
/// in which transformers gives those tokens ids that have none.
enum SpecialTokenRole: String, CaseIterable {
  case bos = "bos_token"
  case eos = "eos_token"
  case unk = "unk_token"
  case sep = "sep_token"
  case pad = "pad_token"
  case cls = "cls_token"
  case mask = "mask_token"

  /// The token that RoBERTa has for it.
  var robertaDefault: String {
    switch self {
    case .bos, .cls: "<s>"
    case .eos, .sep: "</s>"
    case .unk: "<unk>"
    case .pad: "<pad>"
    case .mask: "<mask>"
    }
  }

  /// The token that BERT has for it.
  var bertDefault: String? {
    switch self {
    case .bos, .eos: nil
    case .unk: "[UNK]"
    case .sep: "[SEP]"
    case .pad: "[PAD]"
    case .cls: "[CLS]"
    case .mask: "[MASK]"
    }
  }
}
