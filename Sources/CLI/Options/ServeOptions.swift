internal import System
import ArgumentParser

/// Where `serve` listens, and whom it answers.
struct ServeAddressOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The address to listen on; 0.0.0.0 is all of this machine's.", valueName: "address"))
  var host = "127.0.0.1"
  @Option(parsing: .unconditional, help: ArgumentHelp("The port; 0 is any free one.", valueName: "port"))
  var port = 8000
  @Option(help: ArgumentHelp("Listen on a socket in the file system, in place of host and port.", valueName: "path"))
  var unixSocket: String?
  @Option(
    help: ArgumentHelp(
      """
      Answer only those who have a key of this file, a line each and nothing else (default: the key $GPT2_GPU_API_KEY, \
      else anybody).
      """,
      valueName: "file"))
  var apiKeyFile: String?
  @Option(help: ArgumentHelp("Let pages of another origin use the server, as https://example.org.", valueName: "url"))
  var corsOrigin: [String] = []
  @Option(help: ArgumentHelp("Answer to this name, too, besides those of the local machine.", valueName: "name"))
  var allowedHost: [String] = []
  @Option(help: ArgumentHelp("What the model is called (default: its own name).", valueName: "name"))
  var servedModelName: [String] = []
  @Flag(help: "Have no page at /.")
  var noWeb = false
  @Flag(help: "Print a line for each request on standard error: never its text.")
  var logRequests = false

  /// The host without the brackets that URLs have around an address of IPv6.
  var bareHost: String { host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host }

  func validate() throws {
    guard 0...65535 ~= port else { throw ValidationError("--port must be from 0 to 65535, found \(port).") }
    if let unixSocket, unixSocket.isEmpty { throw ValidationError("--unix-socket needs the path of a socket.") }
    for host in allowedHost where !Self.isHost(host) {
      throw ValidationError("--allowed-host is a name alone, such as example.org, without scheme and port: \(host).")
    }
    for origin in corsOrigin where !Self.isOrigin(origin) {
      throw ValidationError(
        "--cors-origin is as browsers write it, such as https://example.org or http://localhost:3000: \(origin).")
    }
  }

  /// Whether a text is the name of a host, or an address; one of IPv6 stands in brackets.
  private static func isHost(_ text: String) -> Bool {
    if text.hasPrefix("["), text.hasSuffix("]") { return !text.contains("/") }
    return !text.isEmpty && !text.contains { "/:@?#[]".contains($0) || $0.isWhitespace }
  }

  /// Whether a text is scheme, host and perhaps a port; or what browsers write for a page without an origin.
  private static func isOrigin(_ text: String) -> Bool {
    if text == "null" { return true }
    guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else { return false }
    let authority = text.dropFirst(scheme.count)
    guard let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") else { return isHost(String(authority)) }
    return isHost(String(authority[..<colon])) && UInt16(authority[authority.index(after: colon)...]) != nil
  }

  /// The keys of clients.
  func keys() throws(UsageError) -> [String] {
    guard let apiKeyFile else {
      let key = environmentVariable("GPT2_GPU_API_KEY")
      if key?.trimmed.isEmpty == true {
        throw UsageError("GPT2_GPU_API_KEY is empty: give it a key, or unset it to answer anybody.")
      }
      return key.map { [$0] } ?? []
    }
    return try Self.keys(in: apiKeyFile)
  }

  /// The keys of a file.
  static func keys(in file: String) throws(UsageError) -> [String] {
    guard let bytes = SmallFile.read(file, atMost: 1 << 20) else {
      throw UsageError("\(file) cannot be read, or is no file of keys.")
    }
    let lines = String(decoding: bytes, as: UTF8.self)
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(\.trimmed)
    // A comment would be a key that can be guessed.
    if let number = lines.firstIndex(where: { $0.hasPrefix("#") || $0.contains(where: \.isWhitespace) }) {
      throw UsageError(
        "Line \(number + 1) of \(file) is no key: a key has no spaces and does not begin with '#', and the file "
          + "has nothing but keys.")
    }
    let keys = lines.filter { !$0.isEmpty }
    if keys.isEmpty { throw UsageError("\(file) has no key: write one on a line of its own.") }
    return keys
  }
}

extension StringProtocol {
  /// Without the spaces at its ends.
  fileprivate var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}

/// How much `serve` takes, and how long it waits.
struct ServeLimitOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many texts are written together (default: what memory allows).", valueName: "count"))
  var batchSize: Count?
  @Option(parsing: .unconditional, help: ArgumentHelp("Prompts that may wait.", valueName: "count"))
  var maxQueue = Count(128)
  @Option(parsing: .unconditional, help: ArgumentHelp("Texts of a request, of all its prompts.", valueName: "count"))
  var maxSamples = Count(64)
  @Option(parsing: .unconditional, help: ArgumentHelp("Prompts of a request.", valueName: "count"))
  var maxPrompts = Count(64)
  @Option(parsing: .unconditional, help: ArgumentHelp("Bytes of a request's body.", valueName: "count"))
  var maxBody = Count(1 << 20)
  @Option(parsing: .unconditional, help: ArgumentHelp("Bytes of its headers.", valueName: "count"))
  var maxHeader = Count(16 << 10)
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Connections at the same time, as far as open files allow (ulimit -n); more are told 503.", valueName: "count"))
  var maxConnections = Count(1024)
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long a request may wait until its first prompt starts.", valueName: "seconds"))
  var queueTimeout = 60.0
  @Option(parsing: .unconditional, help: ArgumentHelp("How long it may take in all.", valueName: "seconds"))
  var requestTimeout = 600.0
  @Option(parsing: .unconditional, help: ArgumentHelp("How long its headers may take to come.", valueName: "seconds"))
  var headerTimeout = 10.0
  @Option(parsing: .unconditional, help: ArgumentHelp("How long its body may take to come.", valueName: "seconds"))
  var bodyTimeout = 30.0
  @Option(parsing: .unconditional, help: ArgumentHelp("How long a client may not read.", valueName: "seconds"))
  var writeTimeout = 30.0
  @Option(parsing: .unconditional, help: ArgumentHelp("How long a connection may be idle.", valueName: "seconds"))
  var idleTimeout = 120.0
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long what runs may go on after a signal to end.", valueName: "seconds"))
  var grace = 30.0

  func validate() throws {
    let counts = [
      ("--max-queue", maxQueue), ("--max-samples", maxSamples), ("--max-prompts", maxPrompts), ("--max-body", maxBody),
      ("--max-header", maxHeader), ("--max-connections", maxConnections),
    ]
    for (flag, count) in counts + (batchSize.map { [("--batch-size", $0)] } ?? []) where count.value < 1 {
      throw ValidationError("\(flag) must be at least 1, found \(count.value).")
    }
    let times = [
      ("--queue-timeout", queueTimeout), ("--request-timeout", requestTimeout), ("--header-timeout", headerTimeout),
      ("--body-timeout", bodyTimeout), ("--write-timeout", writeTimeout), ("--idle-timeout", idleTimeout),
      ("--grace", grace),
    ]
    for (flag, seconds) in times where !(0...1_000_000 ~= seconds) {
      throw ValidationError("\(flag) must be from 0 to 1000000 seconds, found \(seconds).")
    }
    guard idleTimeout > 0 else {
      throw ValidationError("--idle-timeout must be above 0 seconds, found \(idleTimeout).")
    }
  }

  var limits: ServeRequest.Limits {
    ServeRequest.Limits(
      samples: maxSamples.value, prompts: maxPrompts.value, body: maxBody.value, header: maxHeader.value,
      connections: maxConnections.value, headerTime: headerTimeout, bodyTime: bodyTimeout, writeTime: writeTimeout,
      idleTime: idleTimeout, queueTime: queueTimeout, requestTime: requestTimeout, grace: grace)
  }
}
