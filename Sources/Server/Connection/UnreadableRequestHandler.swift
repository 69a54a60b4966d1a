internal import Completions
internal import HTTPTypes
internal import JSON
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes

/// Tells clients why a request cannot be read, in the place of Hummingbird's empty answer, and in its turn.
final class UnreadableRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let headerLimit: Int
  private let metrics: ServerMetrics
  private var refusal: Refusal?

  /// - Parameter headerLimit: The most bytes of headers.
  init(headerLimit: Int, _ metrics: ServerMetrics) {
    self.headerLimit = headerLimit
    self.metrics = metrics
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if let error = error as? HTTPParserError {
      refusal = if case .headerOverflow = error { .headersTooLarge(headerLimit) } else { .unreadable(error.problem) }
    }
    context.fireErrorCaught(error)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard let refusal, case .head(let head) = unwrapOutboundIn(data), head.isUnexplained else {
      return context.write(data, promise: promise)
    }
    metrics.count(refusal)
    let (answer, body) = refusal.parts
    context.write(wrapOutboundOut(.head(answer)), promise: promise)
    context.write(wrapOutboundOut(.body(body)), promise: nil)
  }
}

extension HTTPResponse {
  /// Whether it is what Hummingbird answers to what it cannot read: nothing of the server's own has no body.
  fileprivate var isUnexplained: Bool { status == .badRequest && headerFields[.contentLength] == "0" }
}

extension Refusal {
  /// The answer without a request to answer, and without its end; the connection is closed after it.
  var parts: (HTTPResponse, ByteBuffer) {
    let body = ByteBuffer(string: error.json.text)
    var head = HTTPResponse(status: HTTPResponse.Status(code: error.status), headerFields: headers)
    head.headerFields[.contentType] = "application/json"
    head.headerFields[.contentLength] = String(body.readableBytes)
    head.headerFields[.connection] = "close"
    head.headerFields[.date] = HTTPDate.now
    head.headerFields[.server] = "gpt2-gpu"
    if error.status < 500 { head.headerFields[.shouldRetry] = "false" }
    return (head, body)
  }
}

extension ServerMetrics {
  /// Counts what was refused before there was a request.
  func count(_ refusal: Refusal) {
    if let code = refusal.error.code { countRejection(code) }
    update { $0.requests[Counts.Request(route: RequestRecord().route, status: refusal.error.status), default: 0] += 1 }
  }
}
