internal import Completions
internal import GPT2
internal import HTTPTypes
internal import HummingbirdCore
internal import JSON
internal import NIOCore
internal import NIOHTTPTypes

/// An answer by server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
struct EventStream: Sendable {
  /// Makes the events of what happens; of nil, those of the end.
  typealias Writer = @Sendable () -> (PromptEvent?) -> [JSON]

  let run: TextRun
  let exchange: Exchange
  let errors: ErrorForm
  /// What comes after all events, such as `[DONE]`.
  let last: String?
  let log: ServerLog
  /// Between signs of life before the text begins.
  let pingTime: Duration

  /// - Parameter makeEvents: Makes what makes the events.
  func response(_ makeEvents: @escaping Writer) -> Response {
    let headers: HTTPFields = [
      .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache",
    ]
    let body = ResponseBody { writer in
      let pings = ping()
      defer { pings.cancel() }
      let events = makeEvents()
      do {
        try await run.forEach { event in
          let written = events(event)
          if !written.isEmpty { pings.cancel() }
          try await Self.write(written, &writer)
        }
        try await Self.write(events(nil), &writer)
      } catch let error as ClientLeft {
        throw error
      } catch {
        let refusal = Refusal(error) { log.error($0, exchange) }
        try await Self.write([errors.json(refusal.error)], &writer)
      }
      if let last { try await Self.write(Self.text(ofData: last), &writer) }
      try await writer.finish(nil)
    }
    return Response(status: .ok, headers: headers, body: body)
  }

  private static func write(_ events: [JSON], _ writer: inout any ResponseBodyWriter) async throws {
    if !events.isEmpty { try await write(events.map { text(ofData: $0.text) }.joined(), &writer) }
  }

  /// An event; `data` has no line breaks, which JSON escapes.
  static func text(ofData data: String) -> String { "data: \(data)\n\n" }

  /// Whatever fails here is the connection.
  private static func write(_ text: String, _ writer: inout any ResponseBodyWriter) async throws {
    do {
      try await writer.write(ByteBuffer(string: text))
    } catch {
      throw ClientLeft()
    }
  }

  /// A comment, which clients leave out.
  static let sign = ": ping\n\n"

  /// Tells who waits, and what is between, that the connection is in use.
  private func ping() -> RepeatedTask {
    let (channel, time) = (exchange.channel, TimeAmount(pingTime))
    return channel.eventLoop.scheduleRepeatedTask(initialDelay: time, delay: time) { _ in
      channel.writeAndFlush(HTTPResponsePart.body(ByteBuffer(string: Self.sign)), promise: nil)
    }
  }
}
