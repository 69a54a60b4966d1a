internal import System
internal import NIOCore
internal import NIOHTTP1

/// What of HTTP/1 is lost on the way to types that know no versions (RFC 9112).
///
/// - A URL in the place of a path says which host is asked, whatever the header says (3.2.2).
/// - Of two hosts neither counts (3.2); where a request of HTTP/1.0 names none, the server's own is meant.
/// - Behind what may become another protocol, and does not here, the parser reads nothing more: it is the last request.
/// - After an answer to HTTP/1.0 the connection ends: so ends an answer whose length nobody knows (6.3).
final class HTTP1Handler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Of the requests that are not answered, the first first: whether each is of HTTP/1.0.
  private var areOld: [Bool] = []

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    let isOld = head.version == .http1_0
    areOld.append(isOld)
    if let (host, path) = Self.parts(ofURL: head.uri) {
      head.headers.replaceOrAdd(name: "host", value: host)
      head.uri = path
    } else if head.uri.urlScheme != nil {
      // NIO takes every scheme off; so it is kept, for the answer to refuse it.
      head.uri = "/" + head.uri
    }
    switch head.headers["host"].count {
    case 0 where isOld: head.headers.add(name: "host", value: "localhost")
    case 0, 1: break
    default: head.headers.remove(name: "host")
    }
    if isOld { head.headers.remove(name: "expect") }
    // Longer ones are none of these, and of many combining marks would take the square of their number.
    let options = head.headers[canonicalForm: "connection"].filter { $0.utf8.count <= 16 }.map { $0.lowercased() }
    if isOld || head.method == .CONNECT || options.contains("close") || options.contains("upgrade") {
      head.headers.replaceOrAdd(name: "connection", value: "close")
    }
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head) where areOld.first == true:
      head.version = .http1_0
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .end:
      if !areOld.isEmpty { areOld.removeFirst() }
      context.write(data, promise: promise)
    default: context.write(data, promise: promise)
    }
  }

  /// The host and the rest of a URL of HTTP; nil of what is none.
  static func parts(ofURL text: String) -> (host: String, path: String)? {
    guard let scheme = text.urlScheme, ["http", "https"].contains(scheme) else { return nil }
    let rest = text.dropFirst("\(scheme)://".count)
    let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
    let path = rest[end...]
    return (String(rest[..<end]), path.hasPrefix("/") ? String(path) : "/" + path)
  }
}
