internal import JSON

/// What transformers 5 makes a model's tokenizer with, by `tokenizer_class` in `tokenizer_config.json`.
enum TokenizerClass {
  /// `GPT2Tokenizer`, also where no class is named: made anew from vocabulary, merges and added tokens. Of
  /// `tokenizer.json` its normalizer, pre-tokenizer, decoder and options of the model do not count.
  case gpt2
  /// All others: `tokenizer.json` as it stands.
  case tokenizerJSON

  /// The class that `tokenizer_config.json` names.
  init(configuration: JSON?) {
    switch configuration?["tokenizer_class"]?.string {
    case nil, "GPT2Tokenizer", "GPT2TokenizerFast": self = .gpt2
    default: self = .tokenizerJSON
    }
  }
}

/// The members that name a token for a purpose, in `special_tokens_map.json` and `tokenizer_config.json`, in the order in
/// which transformers gives those tokens ids that have none.
enum SpecialTokenRole: String, CaseIterable {
  case bos = "bos_token"
  case eos = "eos_token"
  case unk = "unk_token"
  case sep = "sep_token"
  case pad = "pad_token"
  case cls = "cls_token"
  case mask = "mask_token"
}
