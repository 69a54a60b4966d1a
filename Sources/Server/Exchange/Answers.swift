internal import Completions
internal import HTTPTypes
internal import HummingbirdCore
internal import JSON
internal import NIOCore

extension Response {
  /// An answer in JSON.
  static func json(_ json: JSON, status: HTTPResponse.Status = .ok) -> Response {
    text(json.text, type: "application/json", status: status)
  }

  /// An answer in text of some type.
  static func text(_ text: String, type: String, status: HTTPResponse.Status = .ok) -> Response {
    Response(status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

/// In which form errors come, which depends on whose API a route is.
enum ErrorForm: Sendable {
  case openAI, textGeneration

  func status(_ error: CompletionError) -> Int {
    switch self {
    case .openAI: error.status
    case .textGeneration: error.textGenerationStatus
    }
  }

  func json(_ error: CompletionError) -> JSON {
    switch self {
    case .openAI: error.json
    case .textGeneration: error.textGenerationJSON
    }
  }
}

extension Refusal {
  /// What a request is told whose work failed.
  ///
  /// - Parameter log: Takes what only the server's owner should see.
  init(_ error: any Error, log: (String) -> Void) {
    switch error {
    case let error as Refusal: self = error
    case let error as CompletionError: self.init(error: error)
    default:
      log("\(error)")
      self = .internalError
    }
  }

  func response(_ form: ErrorForm) -> Response {
    var response = Response.json(form.json(error), status: HTTPResponse.Status(code: form.status(error)))
    for field in headers { response.headers[field.name] = field.value }
    // Clients of OpenAI's try again on their own after some of these, where this does not tell them not to.
    if error.status < 500 && error.status != 429 { response.headers[.shouldRetry] = "false" }
    if closesConnection { response.headers[.connection] = "close" }
    return response
  }
}
