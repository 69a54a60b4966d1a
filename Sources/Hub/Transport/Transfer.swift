internal import CCurl
internal import System

/// Requests to servers, one after the other, over connections that are kept open meanwhile. Not for two threads.
final class Transfer {
  /// Takes bytes of a body.
  typealias Receive = (ResponseHead, UnsafeRawBufferPointer) throws -> Void

  let curl: Curl
  private let handle: UnsafeMutableRawPointer
  private let environment: HubEnvironment
  /// Whether somebody else has failed, and nothing more is wanted.
  private let isCancelled: () -> Bool

  /// How long a connection may take to be made, in milliseconds.
  private static let connectTimeout = 10_000
  /// The most bytes that come at once.
  private static let bufferSize = 1 << 18

  init(_ environment: HubEnvironment, isCancelled: @escaping () -> Bool) throws(HubError) {
    curl = try Curl.library()
    guard let handle = curl.makeHandle() else { throw HubError(.network, "libcurl cannot be used: out of memory") }
    self.handle = handle
    self.environment = environment
    self.isCancelled = isCancelled
  }

  deinit { curl.freeHandle(handle) }

  /// Asks for a URL, following nothing.
  ///
  /// - Throws: ``TransferFailure``, and whatever `receive` throws.
  func get(_ address: WebAddress, headers: [String], receive: @escaping Receive) throws -> ResponseHead {
    let receiver = Receiver(patience: environment.patience, isCancelled: isCancelled, receive)
    var errors = [CChar](repeating: 0, count: GPT2_CURL_ERROR_SIZE)
    var lines: UnsafeMutableRawPointer?
    for header in headers { lines = curl.appendLine(lines, header) ?? lines }
    defer { curl.freeLines(lines) }
    let code = errors.withUnsafeMutableBytes { errors in
      withExtendedLifetime(receiver) {
        let pointer = Unmanaged.passUnretained(receiver).toOpaque()
        curl.reset(handle)  // connections stay
        curl.set(handle, GPT2_CURLOPT_URL, address.description)
        curl.set(handle, GPT2_CURLOPT_PROTOCOLS, GPT2_CURLPROTO_HTTP | GPT2_CURLPROTO_HTTPS)
        curl.set(handle, GPT2_CURLOPT_FOLLOWLOCATION, 0)
        curl.set(handle, GPT2_CURLOPT_NOSIGNAL, 1)
        curl.set(handle, GPT2_CURLOPT_BUFFERSIZE, Self.bufferSize)
        curl.set(handle, GPT2_CURLOPT_CONNECTTIMEOUT_MS, Self.connectTimeout)
        curl.set(handle, GPT2_CURLOPT_USERAGENT, environment.userAgent)
        // What is on this machine is nothing for a proxy, above all no token that goes there unencrypted.
        if address.isLoopback { curl.set(handle, GPT2_CURLOPT_NOPROXY, "*") }
        if let certificates = environment.certificates { curl.set(handle, GPT2_CURLOPT_CAINFO, certificates) }
        curl.set(handle, GPT2_CURLOPT_HTTPHEADER, lines)
        curl.set(handle, GPT2_CURLOPT_ERRORBUFFER, errors.baseAddress)
        curl.set(handle, GPT2_CURLOPT_HEADERFUNCTION, Receiver.onHeader)
        curl.set(handle, GPT2_CURLOPT_HEADERDATA, pointer)
        curl.set(handle, GPT2_CURLOPT_WRITEFUNCTION, Receiver.onBody)
        curl.set(handle, GPT2_CURLOPT_WRITEDATA, pointer)
        curl.set(handle, GPT2_CURLOPT_NOPROGRESS, 0)
        curl.set(handle, progress: Receiver.onProgress)
        curl.set(handle, GPT2_CURLOPT_XFERINFODATA, pointer)
        defer { curl.reset(handle) }  // the buffers end here
        return Signals.withoutClosedPipes { curl.perform(handle) }
      }
    }
    if let error = receiver.error { throw error }
    if Int(code) == GPT2_CURLE_OK || receiver.hasHeardEnough { return receiver.head }
    let said = String(decoding: errors.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let words = said.isEmpty ? curl.words(for: code) : said
    let final = [
      GPT2_CURLE_UNSUPPORTED_PROTOCOL, GPT2_CURLE_URL_MALFORMAT, GPT2_CURLE_PEER_FAILED_VERIFICATION,
      GPT2_CURLE_SSL_CACERT_BADFILE,
    ]
    let isOfCertificates = [GPT2_CURLE_PEER_FAILED_VERIFICATION, GPT2_CURLE_SSL_CACERT_BADFILE].contains(Int(code))
    throw TransferFailure(
      problem: words
        + (isOfCertificates
          ? " (for certificates: apt install ca-certificates, or name a file of them by SSL_CERT_FILE)" : ""),
      isTemporary: !final.contains(Int(code)),
      isUnknownHost: [GPT2_CURLE_COULDNT_RESOLVE_HOST, GPT2_CURLE_COULDNT_RESOLVE_PROXY].contains(Int(code)))
  }
}
