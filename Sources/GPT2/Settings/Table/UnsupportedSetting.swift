internal import JSON

/// A setting of transformers that is not supported: where a file asks for it, the text differs from transformers'.
struct UnsupportedSetting {
  let name: String
  /// The number that asks for nothing; nil where every value asks for something.
  let neutral: Double?

  /// All that are known, in the order of their notices.
  static let table = [
    UnsupportedSetting(name: "num_beams", neutral: 1),
    UnsupportedSetting(name: "num_beam_groups", neutral: 1),
    UnsupportedSetting(name: "penalty_alpha", neutral: 0),
    UnsupportedSetting(name: "epsilon_cutoff", neutral: 0),
    UnsupportedSetting(name: "eta_cutoff", neutral: 0),
    UnsupportedSetting(name: "guidance_scale", neutral: 1),
    UnsupportedSetting(name: "sequence_bias", neutral: nil),
    UnsupportedSetting(name: "suppress_tokens", neutral: nil),
    UnsupportedSetting(name: "begin_suppress_tokens", neutral: nil),
    UnsupportedSetting(name: "forced_bos_token_id", neutral: nil),
    UnsupportedSetting(name: "forced_eos_token_id", neutral: nil),
    UnsupportedSetting(name: "exponential_decay_length_penalty", neutral: nil),
    UnsupportedSetting(name: "top_h", neutral: nil),
    UnsupportedSetting(name: "watermarking_config", neutral: nil),
  ]

  /// Whether the members of a file ask for it.
  func isAsked(in members: JSON) -> Bool {
    guard let value = members[name] else { return false }
    guard let neutral else { return !value.isNull }
    return value.number.map { $0 != neutral } ?? false
  }
}
