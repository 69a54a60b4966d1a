internal import System

/// OpenSSL's hashes in libcrypto, opened when something is first hashed.
///
/// Sendable, because it only holds functions that any thread may call.
struct Crypto: Sendable {
  // Signatures of evp.h; a context and a method are pointers to what only the library knows.
  typealias MakeContext = @convention(c) () -> OpaquePointer?
  typealias FreeContext = @convention(c) (OpaquePointer?) -> Void
  typealias Method = @convention(c) () -> OpaquePointer?
  typealias Start = @convention(c) (OpaquePointer?, OpaquePointer?, OpaquePointer?) -> Int32
  typealias Update = @convention(c) (OpaquePointer?, UnsafeRawPointer?, Int) -> Int32
  typealias Finish =
    @convention(c) (
      OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt32>?
    ) -> Int32

  let makeContext: MakeContext
  let freeContext: FreeContext
  let sha1: Method
  let sha256: Method
  let start: Start
  let update: Update
  let finish: Finish

  private static let shared = Crypto()

  /// The library.
  ///
  /// - Throws: naming the package, where there is none.
  static func library() throws(HubError) -> Crypto {
    guard let shared else {
      throw HubError(.network, "downloads need libcrypto, which is not installed: apt install libssl3 (or libssl3t64)")
    }
    return shared
  }

  private init?() {
    let names = ["libcrypto.so.3", "libcrypto.so.1.1"]
    guard
      let library = names.lazy.compactMap({ dlopen($0, RTLD_NOW) }).first,
      let makeContext = dlsym(library, "EVP_MD_CTX_new"), let freeContext = dlsym(library, "EVP_MD_CTX_free"),
      let sha1 = dlsym(library, "EVP_sha1"), let sha256 = dlsym(library, "EVP_sha256"),
      let start = dlsym(library, "EVP_DigestInit_ex"), let update = dlsym(library, "EVP_DigestUpdate"),
      let finish = dlsym(library, "EVP_DigestFinal_ex")
    else { return nil }
    // The addresses are those of C functions with these signatures.
    self.makeContext = unsafeBitCast(makeContext, to: MakeContext.self)
    self.freeContext = unsafeBitCast(freeContext, to: FreeContext.self)
    self.sha1 = unsafeBitCast(sha1, to: Method.self)
    self.sha256 = unsafeBitCast(sha256, to: Method.self)
    self.start = unsafeBitCast(start, to: Start.self)
    self.update = unsafeBitCast(update, to: Update.self)
    self.finish = unsafeBitCast(finish, to: Finish.self)
  }
}
