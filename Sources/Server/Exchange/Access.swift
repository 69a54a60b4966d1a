internal import HTTPTypes

/// Whom the server answers.
struct Access: Sendable {
  private let keys: [[UInt8]]
  private let origins: Set<String>
  private let hosts: Set<String>
  private let checksHost: Bool

  /// The most bytes of a host or an origin that are compared: of many combining marks, that takes the square of their
  /// number, and nobody has shown a key yet.
  private static let mostBytes = 300

  /// - Parameter numbers: The address that is listened on, as ``ServerOptions/Address/resolved()`` has it.
  init(_ options: ServerOptions, listeningOn numbers: String?) {
    keys = options.keys.map { Array($0.utf8) }.filter { !$0.isEmpty }
    origins = Set(options.corsOrigins.map { $0.lowercased() })
    let own = options.address.names(numbers)
    hosts = Set(["localhost", "127.0.0.1", "[::1]"] + own + options.allowedHosts.map { $0.lowercased() })
    checksHost = options.address.isLoopback(numbers) || !options.allowedHosts.isEmpty
  }

  /// Refuses names that are not the server's: a page of another site may have made its own name point here.
  func checkHost(_ request: HTTPRequest) throws(Refusal) {
    guard let authority = request.authority, !authority.isEmpty else { throw .host(nil) }
    guard checksHost else { return }
    guard authority.utf8.count <= Self.mostBytes else { throw .host(authority) }
    guard hosts.contains(Self.host(of: authority.lowercased())) else { throw .host(authority) }
  }

  /// The origin of another page that may use the server; nil for the server's own page, and where no page asks.
  func checkOrigin(_ request: HTTPRequest) throws(Refusal) -> String? {
    guard let origin = request.headerFields[.origin] else { return nil }
    guard origin.utf8.count <= Self.mostBytes, request.authority?.utf8.count ?? 0 <= Self.mostBytes else {
      throw .origin(origin)
    }
    let lowercased = origin.lowercased()
    if origins.contains(lowercased) { return origin }
    let own = request.authority?.lowercased() ?? ""
    guard lowercased == "http://\(own)" || lowercased == "https://\(own)" else { throw .origin(origin) }
    return nil
  }

  /// Refuses requests without a key, where keys are asked for.
  func checkKey(_ request: HTTPRequest) throws(Refusal) {
    if keys.isEmpty { return }
    let words = (request.headerFields[.authorization] ?? "").split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].lowercased() == "bearer" else { throw .wrongKey }
    let given = Array(words[1].utf8)
    // All are compared: the time tells neither which is right nor how much of it.
    guard keys.filter({ Self.isEqual(given, to: $0) }).count > 0 else { throw .wrongKey }
  }

  /// The name without the port.
  private static func host(of authority: String) -> String {
    // The colons of an address of IPv6 are in brackets.
    let end = authority.lastIndex(of: "]") ?? authority.startIndex
    return String(authority[..<(authority[end...].firstIndex(of: ":") ?? authority.endIndex)])
  }

  /// Compares in a time that depends on what was given alone.
  private static func isEqual(_ given: [UInt8], to key: [UInt8]) -> Bool {
    var difference = given.count ^ key.count
    for (place, byte) in given.enumerated() { difference |= Int(byte ^ key[place % key.count]) }
    return difference == 0
  }
}
