internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// HTTP/1 connections, which may be dropped before anybody serves them.
///
/// A server that stops while clients connect drops what it has accepted and not yet taken, and NIO ends the process
/// where the writer of an open channel is released.
struct AcceptedConnections: ServerChildChannel {
  let base: HTTP1Channel

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    base.setup(channel: channel, logger: logger).map(Value.init)
  }

  func handle(value: Value, logger: Logger) async { await base.handle(value: value.connection, logger: logger) }

  /// A connection that is closed when nobody holds it any more.
  final class Value: ServerChildChannelValue {
    let connection: HTTP1Channel.Value
    var channel: any Channel { connection.channel }

    init(_ connection: HTTP1Channel.Value) { self.connection = connection }

    deinit {
      // Closing finishes the writer, which must live until then.
      connection.channel.closeFuture.whenComplete { [connection] _ in withExtendedLifetime(connection) {} }
      connection.channel.close(promise: nil)
    }
  }
}
