package import JSON

extension CompletionError {
  /// The status that text-generation-inference has for it.
  package var textGenerationStatus: Int {
    switch status {
    case 400: 422
    case 500: 424
    default: status
    }
  }

  /// The error as text-generation-inference writes it.
  package var textGenerationJSON: JSON {
    let kind =
      switch status {
      case 429: "overloaded"
      case 500: "generation"
      case 503: "healthcheck"
      case 400, 413: "validation"
      default: type
      }
    return ["error": .string(message), "error_type": .string(kind)]
  }
}
