internal import Completions
internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import Synchronization

/// A request on its way to an answer, and what the log and the metrics will say of it.
final class Exchange: Sendable {
  /// The client's, where that can be printed; else one of its own.
  let id: String
  let request: Request
  let channel: any Channel
  let start = ContinuousClock.now
  let record = Mutex(RequestRecord())

  init(_ request: Request, _ channel: any Channel) {
    self.request = request
    self.channel = channel
    id = Self.id(request.headers[.requestID])
  }

  private static func id(_ given: String?) -> String {
    if let given, 1...128 ~= given.utf8.count, given.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) { return given }
    let random = String(UInt64.random(in: 0 ... .max), radix: 16)
    return "req-" + String(repeating: "0", count: 16 - random.count) + random
  }

  /// The client's connection.
  func connection() async throws(ClientLeft) -> Connection {
    let channel = channel
    do {
      return try await channel.eventLoop.submit { try Self.handler(channel).connection }.get()
    } catch {
      throw ClientLeft()
    }
  }

  /// Waits until the system has the whole answer: what is still in the channel is lost with it.
  func waitUntilWritten() async {
    let channel = channel
    let written = channel.eventLoop.flatSubmit {
      (try? Self.handler(channel).answerWritten) ?? channel.eventLoop.makeSucceededVoidFuture()
    }
    try? await written.get()
  }

  /// - Throws: Where the channel is closed.
  private static func handler(_ channel: any Channel) throws -> ConnectionHandler {
    try channel.pipeline.syncOperations.handler(type: ConnectionHandler.self)
  }

  /// Does something later, unless it is cancelled.
  func schedule(in time: Duration, _ action: @escaping @Sendable () -> Void) -> Scheduled<Void> {
    channel.eventLoop.scheduleTask(in: TimeAmount(time), action)
  }

  /// The request's body.
  ///
  /// - Throws: ``Refusal`` for one that is too large or comes too late.
  func body(atMost limit: Int) async throws -> [UInt8] {
    if let count = request.headers[.contentLength].flatMap(ContentLength.bytes), count > limit {
      throw Refusal.bodyTooLarge(limit)
    }
    var bytes: [UInt8] = []
    do {
      for try await buffer in request.body {
        guard bytes.count + buffer.readableBytes <= limit else { throw Refusal.bodyTooLarge(limit) }
        bytes += buffer.readableBytesView
      }
    } catch let error as Refusal {
      throw error
    } catch is BodyTooLate {
      throw Refusal.bodyTooLate
    } catch {
      throw Refusal.brokenBody
    }
    return bytes
  }
}

/// Nobody is there to read an answer.
struct ClientLeft: Error {}

extension HTTPField.Name {
  static let requestID = Self("X-Request-Id") ?? .server
  static let shouldRetry = Self("X-Should-Retry") ?? .server
}
