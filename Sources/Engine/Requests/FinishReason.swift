/// Why a continuation ended.
public enum FinishReason: String, Sendable {
  /// An end-of-text token was chosen.
  case eos
  /// It is as long as it may be.
  case length
  /// A stop string came up.
  case stop
}
