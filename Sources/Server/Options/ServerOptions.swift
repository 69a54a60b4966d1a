package import Completions
internal import NIOCore

/// How a server listens, whom it answers, and how much it takes.
package struct ServerOptions: Sendable {
  /// Where to listen.
  package enum Address: Sendable, Equatable {
    /// A name or address of this machine, and a port; any free port for 0.
    case host(String, port: Int)
    /// A socket in the file system.
    case unixSocket(String)
  }

  package var address = Address.host("127.0.0.1", port: 8000)
  /// The keys of clients; none is asked for where there are none.
  package var keys: [String] = []
  /// The origins of other pages that may use it.
  package var corsOrigins: [String] = []
  /// The names that clients may know it by, besides those of the loopback interface.
  package var allowedHosts: [String] = []
  /// Whether it has a page.
  package var servesPage = true
  /// Whether each request gives a line of the log.
  package var logsRequests = false
  /// The program's version.
  package var version = ""

  /// What a request may ask for.
  package var completionLimits = CompletionLimits()
  package var limits = Limits()

  package init() {}
}

extension ServerOptions.Address {
  /// The address to listen on, as the system writes it, such as `127.0.0.1`; nil for a name that it does not know, and
  /// for a socket in the file system. May ask other machines.
  func resolved() -> String? {
    guard case .host(let host, let port) = self else { return nil }
    return (try? SocketAddress.makeAddressResolvingHost(host, port: port))?.ipAddress?.lowercased()
  }

  /// Whether only this machine can reach it, and names of others can be refused: so, too, where it is not known.
  ///
  /// - Parameter numbers: What it is ``resolved()`` to.
  func isLoopback(_ numbers: String?) -> Bool {
    guard case .host = self else { return false }
    guard let numbers else { return true }
    return numbers == "::1" || numbers.hasPrefix("127.") || numbers.hasPrefix("::ffff:127.")
  }

  /// The names that its URL may have, in lower case.
  func names(_ numbers: String?) -> [String] {
    guard case .host(let host, _) = self else { return [] }
    return [host.lowercased(), numbers].compactMap(\.self).map { $0.contains(":") ? "[\($0)]" : $0 }
  }
}
