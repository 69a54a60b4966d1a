internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1

/// What Hummingbird does not look at in a connection: when a request is late, the client leaves or does not read, and what is
/// to be closed after an answer.
///
/// A channel stops reading while nobody takes what it has read, and so sees no end of the connection. Therefore one more read
/// is asked for when a request has come whole.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// Bytes that the system may hold for a client that does not read them; it doubles them for its own needs.
  private static let sendBufferSize: SocketOptionValue = 1 << 17

  /// What is waited for from the client.
  private enum Expected { case nothing, headers, body }

  let connection = Connection()
  private let limits: ServerOptions.Limits
  private let metrics: ServerMetrics
  /// Of the connections that were open when it came, the last.
  private var number = 0
  private var expected = Expected.nothing
  /// Closes the connection where what is expected has not come.
  private var deadline: Scheduled<Void>?
  /// Closes it where the client reads nothing.
  private var writeDeadline: Scheduled<Void>?
  /// Requests that have come whole and are not answered.
  ///
  /// Below zero where an answer did not wait for the rest of its request.
  private var unanswered = 0
  /// Whether an answer has begun and not ended.
  private var isAnswering = false
  /// When the last answer is with the system, or cannot be any more.
  private(set) var answerWritten: EventLoopFuture<Void>?
  private var closesAfterAnswer = false
  /// Whether the last answer is out: what still comes is not looked at.
  private var isClosing = false
  /// Bytes that came since.
  private var ignoredBytes = 0

  init(_ limits: ServerOptions.Limits, _ metrics: ServerMetrics) {
    self.limits = limits
    self.metrics = metrics
  }

  func handlerAdded(context: ChannelHandlerContext) {
    number = metrics.connections.change(by: 1)
    // The system would take megabytes for a client that reads nothing, and none would be seen to wait.
    try? context.channel.syncOptions?.setOption(.socketOption(.so_sndbuf), value: Self.sendBufferSize)
    let pipeline = context.pipeline.syncOperations
    let watch = FirstByteWatch { [unowned self] in bytesCame(context) }
    try? pipeline.addHandler(watch, position: .first)
    if let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) {
      try? pipeline.addHandler(HTTP1Handler(), position: .before(codec))
    }
  }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    guard number > limits.connections else { return }
    // Whether or not a request comes, so that they cannot wait for one and take the place of others.
    metrics.count(.tooManyConnections)
    let (head, body) = Refusal.tooManyConnections.parts
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(body)), promise: nil)
    context.write(wrapOutboundOut(.end(nil)), promise: nil)
    closeAfterFlush(context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    metrics.connections.change(by: -1)
    deadline?.cancel()
    writeDeadline?.cancel()
    connection.leave()
    context.fireChannelInactive()
  }

  // MARK: Requests

  /// A request begins with bytes that are no headers yet.
  private func bytesCame(_ context: ChannelHandlerContext) {
    guard expected == .nothing, unanswered == 0, !isClosing else { return }
    expect(.headers, within: limits.headerTime, context) { $0.close(promise: nil) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    if isClosing { return ignore(part, context) }
    switch part {
    case .head(let head):
      expect(.body, within: limits.bodyTime, context) { $0.fireErrorCaught(BodyTooLate()) }
      // Between the parts of an answer it would be read as one of them.
      if unanswered == 0, let expected = head.headerFields[.expect], expected.utf8.count <= 16,
        expected.lowercased() == "100-continue",
        head.headerFields[.contentLength].flatMap(ContentLength.bytes) ?? 0 <= limits.body
      {
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
      }
    case .body: break
    case .end:
      deadline?.cancel()
      expected = .nothing
      unanswered += 1
    }
    context.fireChannelRead(data)
    // So much is read ahead of who sends one request after the other without waiting.
    if case .end = part, unanswered < 4 { readSoon(context) }
  }

  /// Reads again, which does nothing within a read.
  private func readSoon(_ context: ChannelHandlerContext) {
    context.eventLoop.assumeIsolated().execute { context.read() }
  }

  private func expect(
    _ expected: Expected, within time: Duration, _ context: ChannelHandlerContext,
    orElse action: @escaping (ChannelHandlerContext) -> Void
  ) {
    deadline?.cancel()
    self.expected = expected
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { action(context) }
  }

  // MARK: Leaving

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { connection.leave() }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    // Requests that came before have their answers, and this one is told what is wrong with it.
    case is HTTPParserError, is ByteToMessageDecoderError: break
    default: connection.leave()
    }
    context.fireErrorCaught(error)
  }

  // MARK: Answers

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head):
      isAnswering = true
      if head.headerFields[.connection] == "close" { closesAfterAnswer = true }
      context.write(data, promise: promise)
    case .body:
      // What keeps a stream alive may come after its end, and would be read as the next answer.
      if isAnswering { context.write(data, promise: promise) } else { promise?.fail(ChannelError.outputClosed) }
    case .end:
      isAnswering = false
      unanswered -= 1
      let written = promise ?? context.eventLoop.makePromise()
      answerWritten = written.futureResult
      context.write(data, promise: written)
      if closesAfterAnswer { closeAfterFlush(context) }
    }
  }

  /// Closes the side that answers, and the other a little later: closing that at once would take the answer away from a client
  /// that still sends.
  private func closeAfterFlush(_ context: ChannelHandlerContext) {
    isClosing = true
    deadline?.cancel()
    context.flush()
    context.close(mode: .output, promise: nil)
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(2)) { context.close(promise: nil) }
    readSoon(context)
  }

  private func ignore(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
    if case .body(let buffer) = part { ignoredBytes += buffer.readableBytes }
    if ignoredBytes > 16 << 20 { context.close(promise: nil) } else { readSoon(context) }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    writeDeadline?.cancel()
    if !context.channel.isWritable {
      // The system takes what it can first, which no client has read.
      writeDeadline = context.eventLoop.assumeIsolated().scheduleTask(in: .zero) { [self] in watchWriting(context) }
    }
    context.fireChannelWritabilityChanged()
  }

  /// Closes the connection where not a byte has gone once the time is up.
  private func watchWriting(_ context: ChannelHandlerContext) {
    let left = bufferedBytes(context)
    writeDeadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.writeTime)) { [self] in
      if bufferedBytes(context) < left { watchWriting(context) } else { context.close(promise: nil) }
    }
  }

  private func bufferedBytes(_ context: ChannelHandlerContext) -> Int {
    (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
  }
}

/// A request's body did not come in time.
struct BodyTooLate: Error {}

/// Tells of bytes before they are a request.
private final class FirstByteWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let onBytes: () -> Void

  init(_ onBytes: @escaping () -> Void) { self.onBytes = onBytes }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    onBytes()
    context.fireChannelRead(data)
  }
}
