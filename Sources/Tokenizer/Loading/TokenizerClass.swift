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
  /// All others: `tokenizer.json` as it stands.
  case tokenizerJSON
  /// The same, but `vocab.json` and `merges.txt` are not read by GPT-2's rules.
  case tokenizerJSONAlone(String)
  /// One that cuts texts by rules or dictionaries of its own.
  case unsupported(String)

  /// Whether words are cut as GPT-2 does, whatever the files say.
  var isMadeAnew: Bool {
    switch self {
    case .gpt2, .roberta: true
    default: false
    }
  }

  /// Whether all parts of `tokenizer.json` count.
  var isAsItStands: Bool {
    switch self {
    case .tokenizerJSON, .tokenizerJSONAlone: true
    default: false
    }
  }

  /// Those that read `vocab.json` and `merges.txt`, as GPT-2's does, by other rules.
  private static let ownBytePairs: Set<[UInt8]> = Set(
    [
      "BioGptTokenizer", "BlenderbotTokenizer", "BlenderbotSmallTokenizer", "CLIPTokenizer", "ClvpTokenizer",
      "CohereTokenizer", "CTRLTokenizer", "DebertaTokenizer", "FSMTTokenizer", "GemmaTokenizer", "GPTNeoXTokenizer",
      "HerbertTokenizer", "LayoutLMv3Tokenizer", "LlamaTokenizer", "LukeTokenizer", "MarkupLMTokenizer",
      "NougatTokenizer", "OpenAIGPTTokenizer", "Qwen2Tokenizer", "WhisperTokenizer",
    ].map { Array($0.utf8) })

  /// The class that the files name.
  init(configuration: JSON?, modelConfiguration: JSON?, files: TokenizerFiles) {
    let named = configuration?["tokenizer_class"]?.string ?? modelConfiguration?["tokenizer_class"]?.string
    var name = (named ?? "").utf8.prefix(64)
    if named != nil, name.reversed().starts(with: "Fast".utf8.reversed()) { name = name.dropLast(4) }
    switch Array(name) {
    case Array("GPT2Tokenizer".utf8), []:
      // Without a class, a vocabulary that is no GPT-2's says what it is.
      let hasOwn = files.tokenizer != nil || files.vocabulary != nil
      self = !hasOwn && files.wordPieces != nil ? .bert : .gpt2
    case Array("CodeGenTokenizer".utf8): self = .gpt2
    case Array("RobertaTokenizer".utf8), Array("BartTokenizer".utf8): self = .roberta
    case Array("BertTokenizer".utf8), Array("DistilBertTokenizer".utf8), Array("ElectraTokenizer".utf8): self = .bert
    case Array("T5Tokenizer".utf8): self = .t5
    case Array("BertJapaneseTokenizer".utf8), Array("CpmTokenizer".utf8), Array("BertweetTokenizer".utf8),
      Array("PhobertTokenizer".utf8), Array("XLMTokenizer".utf8), Array("FlaubertTokenizer".utf8):
      self = .unsupported(String(Substring(name)))
    case let other where Self.ownBytePairs.contains(other):
      self = .tokenizerJSONAlone(String(Substring(name)))
    default: self = .tokenizerJSON
    }
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
