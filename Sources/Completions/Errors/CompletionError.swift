internal import System
package import JSON

/// Why a request has no answer, as clients of OpenAI's API expect to be told.
package struct CompletionError: Error, Sendable {
  /// The HTTP status.
  package var status: Int
  /// A sentence for a person.
  package var message: String
  /// The kind of error, such as `invalid_request_error`.
  package var type: String
  /// The field at fault.
  package var param: String?
  /// A code by which programs tell errors apart.
  package var code: String?

  /// Makes an error.
  package init(status: Int, _ message: String, type: String, param: String? = nil, code: String? = nil) {
    self.status = status
    self.message = message
    self.type = type
    self.param = param
    self.code = code
  }
}

extension CompletionError {
  /// What a request asks for cannot be done, as `code` says.
  package enum Code: String, Sendable {
    /// The body is not JSON, or not an object.
    case invalidJSON = "invalid_json"
    /// A field is missing, of a wrong type, or out of range.
    case invalidValue = "invalid_value"
    /// There is no such field.
    case unknownField = "unknown_field"
    /// Prompt and new tokens do not fit into the model's context.
    case contextLengthExceeded = "context_length_exceeded"
  }

  /// A request that is wrong in itself, and would be so again.
  package static func invalid(_ message: String, param: String? = nil, code: Code = .invalidValue) -> CompletionError {
    CompletionError(status: 400, message, type: "invalid_request_error", param: param, code: code.rawValue)
  }

  /// Another model is asked for than is served.
  package static func unknownModel(_ name: String, served: [String]) -> CompletionError {
    CompletionError(
      status: 404, "There is no model '\(name.excerpt)' here: \(served.joined(separator: ", ")) is served.",
      type: "not_found_error", param: "model", code: "model_not_found")
  }

  /// Whether a field is refused because nobody knows it.
  package var isUnknownField: Bool { code == Code.unknownField.rawValue }

  /// The error as OpenAI's API writes it.
  package var json: JSON {
    [
      "error": [
        "message": .string(message), "type": .string(type), "param": param.map(JSON.string) ?? .null,
        "code": code.map(JSON.string) ?? .null,
      ]
    ]
  }
}
