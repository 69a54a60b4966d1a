internal import System
internal import Completions
internal import HTTPTypes

/// An error that ends a request, with what HTTP says besides.
struct Refusal: Error {
  var error: CompletionError
  var headers = HTTPFields()
  /// Whether the connection is closed after the answer, since the rest of the request is not read.
  var closesConnection = false
}

extension Refusal {
  private init(
    _ status: Int, _ message: String, _ type: String, _ code: String, param: String? = nil, headers: HTTPFields = [:],
    closes: Bool = false
  ) {
    error = CompletionError(status: status, message, type: type, param: param, code: code)
    self.headers = headers
    closesConnection = closes
  }

  static let wrongKey = Refusal(
    401, "This needs a key, as in 'Authorization: Bearer KEY', and none or another was given.", "authentication_error",
    "invalid_api_key", headers: [.wwwAuthenticate: "Bearer"])

  static func host(_ host: String?) -> Refusal {
    guard let host else {
      return Refusal(400, "The request names no host, or more than one.", "invalid_request_error", "invalid_value")
    }
    return Refusal(
      403, "This server is not known as '\(host.excerpt)': start it with --allowed-host to have it answer to that.",
      "permission_error", "host_not_allowed")
  }

  static func origin(_ origin: String) -> Refusal {
    Refusal(
      403, "Pages of \(origin.excerpt) may not use this server: start it with --cors-origin to allow them.",
      "permission_error", "origin_not_allowed")
  }

  /// - Parameter scheme: That of the URL that is asked for.
  static func scheme(_ scheme: String) -> Refusal {
    Refusal(
      400, "The request is for a URL of the scheme \(scheme), and this server has those of http and https alone.",
      "invalid_request_error", "invalid_http")
  }

  static let noRoute = Refusal(404, "There is nothing at this path.", "not_found_error", "route_not_found")

  static func method(_ method: String, allowed: [String]) -> Refusal {
    Refusal(
      405, "This path takes \(allowed.joined(separator: ", ")), not \(method.prefix(20)).", "method_not_allowed",
      "method_not_allowed", headers: [.allow: allowed.joined(separator: ", ")])
  }

  /// - Parameter limit: The most bytes.
  static func headersTooLarge(_ limit: Int) -> Refusal {
    let most = "\(limit) bytes, or more than \(ServerOptions.Limits.headerFields) fields"
    return Refusal(
      431, "The request's first line and headers have more than \(most), which is the most.", "invalid_request_error",
      "headers_too_large", closes: true)
  }

  /// - Parameter problem: What is wrong, as the end of a sentence.
  static func unreadable(_ problem: String) -> Refusal {
    Refusal(
      400, "This is no request of HTTP/1.1 that can be read: \(problem).", "invalid_request_error", "invalid_http",
      closes: true)
  }

  static let unknownCoding = Refusal(
    400, "The request's body is neither as it is nor chunked: no other Transfer-Encoding is known here.",
    "invalid_request_error", "invalid_http", closes: true)

  static let compressed = Refusal(
    415, "The request's body is compressed, and must not be.", "unsupported_media_type", "unsupported_media_type")

  static let bodyTooLate = Refusal(
    408, "The request's body did not come in time.", "timeout_error", "body_timeout", closes: true)

  static let brokenBody = Refusal(
    400, "The request's body broke off, or is not as its headers say.", "invalid_request_error", "invalid_value",
    closes: true)

  static func bodyTooLarge(_ limit: Int) -> Refusal {
    Refusal(
      413, "The request's body has more than \(limit) bytes, which is the most.", "invalid_request_error",
      "body_too_large", closes: true)
  }

  static let wrongContentType = Refusal(
    415, "A page's request must have 'Content-Type: application/json'.", "unsupported_media_type",
    "unsupported_media_type")

  static func queueFull(retryAfter seconds: Int) -> Refusal {
    Refusal(
      429, "Too many requests wait already: try again in \(seconds) s.", "overloaded_error", "queue_full",
      headers: [.retryAfter: String(seconds)])
  }

  static let internalError = Refusal(500, "The server failed; its log says more.", "server_error", "internal")
  static let deviceFailed = Refusal(500, "The device that computes failed.", "server_error", "device_failed")
  static let notFinite = Refusal(
    500, "The model gives no finite numbers for this prompt.", "server_error", "not_finite",
    headers: [.shouldRetry: "false"])

  static let tooManyConnections = Refusal(
    503, "Too many clients are connected already.", "unavailable_error", "too_many_connections",
    headers: [.retryAfter: "10"], closes: true)
  static let loading = Refusal(
    503, "The model is being loaded.", "unavailable_error", "loading", headers: [.retryAfter: "2"])
  static let stopping = Refusal(
    503, "The server is stopping.", "unavailable_error", "stopping", headers: [.retryAfter: "10"])
  static let queueTimeout = Refusal(
    503, "The request waited too long for its start.", "unavailable_error", "queue_timeout",
    headers: [.retryAfter: "10"])
  static let requestTimeout = Refusal(
    503, "The request took too long: ask for fewer tokens.", "unavailable_error", "request_timeout",
    headers: [.shouldRetry: "false"])
}
