/// Why a continuation ended.
public enum FinishReason: String, Sendable {
  /// An end-of-text token was chosen.
  case eos
  /// It is as long as it may be.
  case length
  /// A stop string or a stop token came up.
  case stop
  /// Its time was up.
  case time
}
