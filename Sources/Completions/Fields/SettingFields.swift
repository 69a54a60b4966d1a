package import GPT2

/// The settings by the fields that ask for them.
package enum SettingFields {
  /// By their flags in snake_case: an item of a batch.
  package static let own = fields(\.itemField)
  /// By OpenAI's names, and vLLM's.
  package static let completions = fields(\.completionsField)
  /// By both, of which OpenAI's come first: a request to the server. What `logprobs` says has no second name.
  package static let all = own.filter { $0.value.setting != .topLogProbabilities }.merging(completions) { $1 }

  /// What OpenAI's API, llama.cpp, vLLM and transformers call some of them, which can mean nothing else. Transformers'
  /// bad words are tokens.
  package static let aliases = [
    "max_tokens": "max_new_tokens", "n_predict": "max_new_tokens", "repeat_penalty": "repetition_penalty",
    "min_tokens": "min_new_tokens", "bad_words_ids": "bad_word",
  ]

  /// The setting that a field of an item asks for, by its own name or another's.
  package static func ofItem(_ name: String) -> (any SettingRow)? { own[aliases[name] ?? name] }

  /// The setting that a field of a request to the server asks for.
  static func ofRequest(_ name: String) -> (any SettingRow)? { all[name] ?? own[aliases[name] ?? ""] }

  private static func fields(_ name: (SettingColumns) -> String?) -> [String: any SettingRow] {
    Dictionary(
      Setting.table.compactMap { row in name(row.columns).map { ($0, row) } }, uniquingKeysWith: { first, _ in first })
  }
}
