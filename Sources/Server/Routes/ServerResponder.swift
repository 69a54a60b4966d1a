internal import Completions
internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import Synchronization
internal import System

/// Answers requests: looks at who asks for what, finds the route, and makes errors answers.
struct ServerResponder: Sendable {
  let routes: RouteTable
  let access: Access
  let core: ServerCore

  /// Writes the answer to a request.
  func respond(to request: Request, _ writer: consuming ResponseWriter, on channel: any Channel) async throws {
    let exchange = Exchange(request, channel)
    core.lifecycle.begin()
    defer { core.lifecycle.end() }
    try await write(await answer(exchange), to: exchange, writer)
    await exchange.waitUntilWritten()
  }

  private func write(_ response: Response, to exchange: Exchange, _ writer: consuming ResponseWriter) async throws {
    defer { count(exchange) }
    var response = exchange.request.method == .head ? response.createHeadResponse() : response
    response.headers[.date] = HTTPDate.now
    response.headers[.server] = "gpt2-gpu"
    response.headers[.requestID] = exchange.id
    response.headers[.xContentTypeOptions] = "nosniff"
    if exchange.request.headers[.connection] == "close" { response.headers[.connection] = "close" }
    exchange.record.withLock { $0.status = response.status.code }
    try await writer.write(response: response.head, body: response.body)
  }

  private func count(_ exchange: Exchange) {
    let record = exchange.record.withLock { $0 }
    core.metrics.count(record, .now - exchange.start)
    core.log.request(exchange, record)
  }

  private func answer(_ exchange: Exchange) async -> Response {
    let request = exchange.request
    var (errors, origin) = (ErrorForm.openAI, String?.none)
    var response: Response
    do {
      // As ``HTTP1Handler`` keeps it: URLs of HTTP have become paths.
      if let scheme = request.head.path?.dropFirst().urlScheme { throw Refusal.scheme(scheme) }
      try access.checkHost(request.head)
      let found = routes.route(request.uri.path)
      if let found { exchange.record.withLock { $0.route = found.name } }
      origin = try access.checkOrigin(request.head)
      if request.method == .options { return preflight(request, origin) }
      guard let found else { throw Refusal.noRoute }
      let asked = request.method == .head ? .get : request.method
      guard let method = found.route.methods[asked] else {
        throw Refusal.method(request.method.rawValue, allowed: found.route.allowed)
      }
      errors = method.errors
      if method.needsKey { try access.checkKey(request.head) }
      if request.method == .post { try checkBody(request) }
      response = try await method.answer(exchange)
    } catch is ClientLeft {
      // Nobody reads it: the code is nginx's, for the log and the metrics.
      response = Response(status: HTTPResponse.Status(code: 499))
    } catch {
      var refusal = Refusal(error) { core.log.error($0, exchange) }
      // What was not read is not to be read after the answer either, where it may be long.
      let length = request.headers[.contentLength].flatMap(ContentLength.bytes)
      if length ?? 0 > core.options.limits.body || request.headers[.transferEncoding] != nil {
        refusal.closesConnection = true
      }
      if let code = refusal.error.code { core.metrics.countRejection(code) }
      response = refusal.response(errors)
    }
    return cors(response, origin)
  }

  private func checkBody(_ request: Request) throws(Refusal) {
    guard ["", "chunked"].contains(request.headers[.transferEncoding]?.lowercased() ?? "") else {
      throw .unknownCoding
    }
    guard ["", "identity"].contains(request.headers[.contentEncoding]?.lowercased() ?? "") else { throw .compressed }
    // A form of another site can send text to this server, but no JSON.
    guard request.headers[.origin] != nil else { return }
    let type = (request.headers[.contentType] ?? "").split(separator: ";").first?.lowercased() ?? ""
    guard type.filter({ $0 != " " }) == "application/json" else { throw .wrongContentType }
  }

  /// The headers that let pages of another origin read the answer.
  private func cors(_ response: Response, _ origin: String?) -> Response {
    guard let origin else { return response }
    var response = response
    response.headers[.accessControlAllowOrigin] = origin
    response.headers[.vary] = "Origin"
    response.headers[.accessControlAllowMethods] = "GET, POST, OPTIONS"
    response.headers[.accessControlExposeHeaders] = "X-Request-Id, Retry-After"
    return response
  }

  /// What a browser asks before a page of another origin may send a request.
  private func preflight(_ request: Request, _ origin: String?) -> Response {
    var response = cors(Response(status: .noContent), origin)
    guard origin != nil else { return response }
    // Clients have headers of their own, such as OpenAI's, which tell what they run on.
    let asked = request.headers[.accessControlRequestHeaders].flatMap { Self.isListOfNames($0) ? $0 : nil }
    response.headers[.accessControlAllowHeaders] = asked ?? "Authorization, Content-Type, X-Request-Id"
    response.headers[.accessControlMaxAge] = "600"
    return response
  }

  private static func isListOfNames(_ text: String) -> Bool {
    text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_, ".contains($0)) }
  }
}
