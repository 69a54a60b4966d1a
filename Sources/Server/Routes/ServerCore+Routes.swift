internal import Completions
internal import Engine
internal import GPT2
internal import HummingbirdCore
internal import HTTPTypes
internal import JSON

extension ServerCore {
  /// All routes.
  var routes: RouteTable {
    var routes = RouteTable()
    routes.add(.get, "/health", "/v1/health", needsKey: false) { _ in health }
    routes.add(.get, "/metrics") { _ in metricsText }
    routes.add(.get, "/version") { _ in try version }
    routes.add(.post, "/v1/completions") { try await completions($0) }
    routes.add(.get, "/v1/models") { _ in .json(try lifecycle.model().description.list) }
    routes.add(.get, "/v1/models/{id}") { try .json(lifecycle.model().description.entry(named: Self.id($0))) }
    routes.add(.get, "/tokenizer_info") { _ in .json(try lifecycle.model().description.tokenizerInfo) }
    routes.add(.post, "/", "/generate", errors: .textGeneration) { try await textGeneration($0, isStream: false) }
    routes.add(.post, "/generate_stream", errors: .textGeneration) { try await textGeneration($0, isStream: true) }
    routes.add(.post, "/tokenize") {
      let model = try lifecycle.model()
      return try .json(TokenizeRequest.answer(to: await json($0), model.pretrained))
    }
    routes.add(.post, "/detokenize") {
      let model = try lifecycle.model()
      return try .json(DetokenizeRequest.answer(to: await json($0), model.pretrained))
    }
    let document = OpenAPI(version: options.version, limits: options.completionLimits).document
    routes.add(.get, "/openapi.json", needsKey: false) { _ in .json(document) }
    if options.servesPage { addPage(to: &routes) }
    return routes
  }

  /// The last part of a path, whose own slashes are percent-encoded.
  private static func id(_ exchange: Exchange) -> String {
    let last = exchange.request.uri.path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    return last.percentDecoded ?? String(last)
  }

  /// The body of a request as JSON.
  func json(_ exchange: Exchange) async throws -> JSON {
    let bytes = try await exchange.body(atMost: options.limits.body)
    do {
      return try JSON(parsing: bytes, maximumValueCount: 1 << 18)
    } catch {
      throw CompletionError.invalid("The body is \(error).", code: .invalidJSON)
    }
  }

  private var health: Response {
    func unavailable(_ status: String, _ refusal: Refusal) -> Response {
      var response = Response.json(["status": .string(status)], status: .serviceUnavailable)
      response.headers[.retryAfter] = refusal.headers[.retryAfter]
      return response
    }
    return switch lifecycle.phase {
    case .loading: unavailable("loading", .loading)
    case .ready: .json(["status": .string("ok")])
    case .stopping: unavailable("stopping", .stopping)
    }
  }

  private var version: Response {
    get throws {
      let model = try lifecycle.model()
      return .json([
        "version": .string(options.version), "model": .string(model.name),
        "revision": model.revision.map(JSON.string) ?? .null, "device": .string(model.device),
        "precision": .string(model.precision),
      ])
    }
  }

  private var metricsText: Response {
    var gauges = ServerMetrics.Gauges()
    gauges.info = [("version", options.version)]
    if let model = lifecycle.loadedModel {
      gauges.model = model.name
      gauges.requestsRunning = model.service.queue.runningCount
      gauges.requestsWaiting = model.service.queue.waitingCount
      gauges.info += [
        ("model", model.name), ("device", model.device), ("precision", model.precision),
        ("revision", model.revision ?? ""),
      ]
    }
    return .text(metrics.text(gauges), type: "text/plain; version=0.0.4; charset=utf-8")
  }
}

extension Substring {
  /// The text without percent-encoding; nil where it is not well encoded.
  var percentDecoded: String? {
    var bytes: [UInt8] = []
    var rest = utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = rest.prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
      guard digits.count == 2 else { return nil }
      bytes.append(UInt8(16 * digits[0] + digits[1]))
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
