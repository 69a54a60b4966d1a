/// Hashes a file's content as it comes.
final class ContentHasher {
  private let crypto: Crypto
  private let context: OpaquePointer
  private let algorithm: ContentHash.Algorithm

  /// - Parameter size: Of the whole content, which git's hash begins with.
  init(_ algorithm: ContentHash.Algorithm, size: Int) throws(HubError) {
    crypto = try Crypto.library()
    self.algorithm = algorithm
    guard let context = crypto.makeContext() else {
      throw HubError(.network, "libcrypto cannot be used: out of memory")
    }
    self.context = context
    let method = algorithm == .sha256 ? crypto.sha256() : crypto.sha1()
    guard crypto.start(context, method, nil) == 1 else {
      throw HubError(.network, "libcrypto does not give \(algorithm.rawValue), perhaps by its configuration")
    }
    if algorithm == .gitSHA1 { Array("blob \(size)\0".utf8).withUnsafeBytes(update) }
  }

  deinit { crypto.freeContext(context) }

  func update(_ bytes: UnsafeRawBufferPointer) { _ = crypto.update(context, bytes.baseAddress, bytes.count) }

  /// The hash of all bytes so far; to be asked for once.
  func finish() -> ContentHash {
    var (bytes, count) = ([UInt8](repeating: 0, count: 64), UInt32(0))
    _ = crypto.finish(context, &bytes, &count)
    let digits = bytes.prefix(Int(count)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return ContentHash(algorithm: algorithm, digits: digits)
  }
}
