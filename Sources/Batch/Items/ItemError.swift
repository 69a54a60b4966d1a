internal import Completions

/// Why an item has no text.
struct ItemError: Error, Hashable {
  /// A code by which programs tell errors apart.
  enum Kind: String, Sendable {
    /// The line is not JSON, or not an object.
    case invalidJSON = "invalid_json"
    /// The line is not UTF-8.
    case invalidEncoding = "invalid_encoding"
    /// The line has more bytes than are taken.
    case lineTooLong = "line_too_long"
    /// A field is missing, unknown, or of the wrong type.
    case invalidItem = "invalid_item"
    /// An item before has the same id.
    case duplicateID = "duplicate_id"
    /// The prompt or a setting cannot be used with this model.
    case invalidRequest = "invalid_request"
    /// The model could not choose a token.
    case generationFailed = "generation_failed"
  }

  let kind: Kind
  /// A sentence for a person.
  let message: String

  /// Whether the same item may have a text when it is tried again elsewhere: with more memory, or on another device.
  /// All else is said of the item itself.
  var isRetryable: Bool { kind == .generationFailed }

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// An item whose fields cannot be read.
  init(_ error: CompletionError) {
    kind = .invalidItem
    message = error.message + (error.isUnknownField ? " --ignore-unknown leaves such fields out." : "")
  }
}
