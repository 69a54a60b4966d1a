/// Requests to the Hub and to where it redirects. Not for two threads.
final class HubClient {
  let environment: HubEnvironment
  private let transfer: Transfer
  private let endpoint: WebAddress
  private let onWarning: (String) -> Void

  /// As many as browsers follow.
  private static let mostRedirects = 20

  /// - Parameters:
  ///   - isCancelled: Whether nothing more is wanted.
  ///   - onWarning: Hears what the Hub wants people to know (`X-HF-Warning`).
  init(
    _ environment: HubEnvironment, isCancelled: @escaping () -> Bool, onWarning: @escaping (String) -> Void
  ) throws(HubError) {
    self.environment = environment
    self.onWarning = onWarning
    transfer = try Transfer(environment, isCancelled: isCancelled)
    do {
      endpoint = try WebAddress(environment.endpoint, transfer.curl)
    } catch {
      throw HubError(.usage, "HF_ENDPOINT: \(error)")
    }
    guard environment.token == nil || endpoint.isEncrypted || endpoint.isLoopback else {
      throw HubError(
        .usage,
        "HF_ENDPOINT is \(endpoint), where a token would go unencrypted: use https, or unset HF_TOKEN")
    }
  }

  /// Asks the Hub for something, following redirects; the token goes to the Hub alone.
  ///
  /// - Parameters:
  ///   - path: From the endpoint, escaped.
  ///   - start: The first byte that is wanted.
  ///   - receive: Takes the body of an answer with a status of success.
  /// - Returns: The last answer's head, and whether the Hub itself gave it.
  /// - Throws: ``TransferFailure``, ``HubError``, and whatever `receive` throws.
  func get(
    _ path: String, from start: Int = 0, receive: @escaping Transfer.Receive
  ) throws -> (head: ResponseHead, isOfHub: Bool) {
    var address = try WebAddress(environment.endpoint + path, transfer.curl)
    for _ in 0...Self.mostRedirects {
      let isOfHub = address.hasOrigin(of: endpoint)
      var headers = ["Accept-Encoding: identity"]
      if start > 0 { headers.append("Range: bytes=\(start)-") }
      if isOfHub, let token = environment.token { headers.append("Authorization: Bearer \(token)") }
      let head = try transfer.get(address, headers: headers, receive: receive)
      if let warning = head["x-hf-warning"] { onWarning(String(warning.prefix(500))) }
      guard head.isRedirect, let location = head["location"] else { return (head, isOfHub) }
      let next = try WebAddress(location, relativeTo: address, transfer.curl)
      guard next.isEncrypted || !address.isEncrypted else {
        throw HubError(.network, "\(address) redirects to \(next), which is not encrypted: that is not followed")
      }
      address = next
    }
    throw HubError(.network, "\(environment.endpoint)\(path) redirects without end")
  }
}
