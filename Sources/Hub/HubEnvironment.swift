package import Checkpoint
internal import System

/// What the environment says of the Hub, by the variables of huggingface_hub (`constants.py`).
package struct HubEnvironment: Sendable {
  /// Where the Hub is, without a slash at the end.
  package var endpoint = "https://huggingface.co"
  /// What says who asks; nil for nobody.
  package var token: String?
  /// Whether a token is to be had by an exchange that is not made here: that of HF_OIDC_RESOURCE.
  package var expectsExchange = false
  /// Whether no connection may be made.
  package var isOffline = false
  /// How long nothing may come before a connection is given up, in seconds.
  package var patience = 10.0
  /// Whether no progress is to be seen.
  package var hidesProgress = false
  /// Whether files are moved into snapshots rather than linked from there.
  package var avoidsLinks = false
  /// A file of certificates to trust instead of the system's.
  package var certificates: String?
  /// What the program calls itself.
  package var userAgent: String
  package let cache: HubCache

  /// The longest token, and file of one, that is read.
  private static let maximumTokenSize = 1 << 14

  /// Reads the variables.
  ///
  /// - Parameters:
  ///   - program: The program's name and version, for the Hub.
  ///   - tokenFile: The file to read the token from, rather than where the variables say.
  package init(
    program: String, tokenFile: String? = nil, _ variable: (String) -> String? = environmentVariable
  ) throws(HubError) {
    guard let cache = HubCache(environment: variable) else {
      throw HubError(.usage, "there is no HOME to keep the Hub's cache in: set HF_HUB_CACHE")
    }
    self.cache = cache
    func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
    func isSet(_ name: String) -> Bool {
      value(name).map { ["1", "ON", "YES", "TRUE"].contains($0.uppercased()) } ?? false
    }
    if var endpoint = value("HF_ENDPOINT") {
      while endpoint.hasSuffix("/") { endpoint.removeLast() }
      self.endpoint = endpoint
    }
    expectsExchange = value("HF_OIDC_RESOURCE") != nil
    isOffline = value("HF_HUB_OFFLINE") != nil ? isSet("HF_HUB_OFFLINE") : isSet("TRANSFORMERS_OFFLINE")
    hidesProgress = isSet("HF_HUB_DISABLE_PROGRESS_BARS")
    avoidsLinks = isSet("HF_HUB_DISABLE_SYMLINKS")
    certificates = value("SSL_CERT_FILE")
    if let text = value("HF_HUB_DOWNLOAD_TIMEOUT") {
      guard let seconds = Double(text), (0.1...3600).contains(seconds) else {
        throw HubError(.usage, "HF_HUB_DOWNLOAD_TIMEOUT is '\(text)', and must be 0.1 to 3600 seconds")
      }
      patience = seconds
    }
    let isUntracked = ["HF_HUB_DISABLE_TELEMETRY", "DISABLE_TELEMETRY", "DO_NOT_TRACK"].contains(where: isSet)
    let origin = isUntracked ? nil : value("HF_HUB_USER_AGENT_ORIGIN").flatMap { Self.isVisible($0) ? $0 : nil }
    userAgent = program + (origin.map { "; origin/\($0)" } ?? "")

    let named: (token: String, source: String)?
    if let tokenFile {
      guard let token = Self.read(tokenFile) else {
        throw HubError(.usage, "\(tokenFile) cannot be read, or has more than \(Self.maximumTokenSize) bytes")
      }
      named = (token, tokenFile)
    } else if isSet("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
      named = nil
    } else if let name = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].first(where: { value($0) != nil }) {
      named = (value(name) ?? "", name)
    } else {
      let path = HubCache.value(of: "HF_TOKEN_PATH", variable) ?? HubCache.home(variable).map { "\($0)/token" }
      named = path.flatMap { path in Self.read(path).map { ($0, path) } }
    }
    if let named {
      let token = named.token.trimmed
      guard Self.isVisible(token) else {
        throw HubError(.usage, "\(named.source) holds no token: it has characters that no token has")
      }
      self.token = token.isEmpty ? nil : token
    }
  }

  private static func read(_ path: String) -> String? {
    SmallFile.read(path, atMost: maximumTokenSize).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether a text can stand in a header: a line feed would begin another.
  private static func isVisible(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21..<0x7F).contains($0) } }
}

extension String {
  /// The text without white space around it.
  fileprivate var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
