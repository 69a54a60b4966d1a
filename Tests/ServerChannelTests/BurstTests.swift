import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import Server

/// Connections that come together: all have their handlers before the first is active.
///
/// Whoever looks at how many are open then, rather than at its own number, refuses them all. The channels are NIO's for
/// tests, so that nothing depends on the system, or waits.
@Suite struct BurstTests {
  private static let most = 5

  private static func channel(_ metrics: ServerMetrics) throws -> EmbeddedChannel {
    var limits = ServerOptions.Limits()
    limits.connections = most
    let channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandler(ConnectionHandler(limits, metrics))
    return channel
  }

  /// The status of what a channel answers without being asked; nil where it waits for a request.
  private static func status(_ channel: EmbeddedChannel) throws -> Int? {
    guard case .head(let head) = try channel.readOutbound(as: HTTPResponsePart.self) else { return nil }
    return head.status.code
  }

  @Test(arguments: [Array(0..<12), Array((0..<12).reversed()), [6, 0, 11, 4, 5, 1, 10, 2, 9, 3, 8, 7]])
  func theFirstAreTakenInWhateverOrder(_ order: [Int]) throws {
    let metrics = ServerMetrics()
    let channels = try (0..<12).map { _ in try Self.channel(metrics) }
    #expect(metrics.connections.value == 12)
    let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
    for number in order { channels[number].connect(to: address, promise: nil) }
    for (number, channel) in channels.enumerated() {
      #expect(try Self.status(channel) == (number < Self.most ? nil : 503), "connection \(number)")
    }
    #expect(metrics.read().rejected == ["too_many_connections": 7])

    // Those that were refused are closed, and take no place.
    #expect(channels.map(\.isActive) == (0..<12).map { $0 < Self.most })
    #expect(metrics.connections.value == Self.most)
    let surplus = try Self.channel(metrics)
    surplus.connect(to: address, promise: nil)
    #expect(try Self.status(surplus) == 503)
    for channel in [surplus, channels[0]] { channel.close(promise: nil) }
    let next = try Self.channel(metrics)
    next.connect(to: address, promise: nil)
    #expect(try Self.status(next) == nil && metrics.connections.value == Self.most)
    for channel in channels.dropFirst() + [next] { channel.close(promise: nil) }
    #expect(metrics.connections.value == 0)
  }
}
