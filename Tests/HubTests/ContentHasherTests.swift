import TestSupport
import Testing

@testable import Hub

/// Hashes by libcrypto, beside those of sha256sum and 'git hash-object'.
@Suite(.enabled(if: (try? Crypto.library()) != nil, "libcrypto is not installed")) struct ContentHasherTests {
  @Test(arguments: [
    (ContentHash.Algorithm.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (.gitSHA1, "", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
    (.gitSHA1, "hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"),
  ])
  func hashes(_ algorithm: ContentHash.Algorithm, _ text: String, _ digits: String) throws {
    let hasher = try ContentHasher(algorithm, size: text.utf8.count)
    // In parts, as they come.
    for byte in text.utf8 { withUnsafeBytes(of: byte, hasher.update) }
    #expect(hasher.finish() == ContentHash(algorithm: algorithm, digits: digits))
    let folder = try TemporaryFolder()
    try folder.write(text.utf8, to: "file")
    #expect(try CacheFiles.hash(of: folder.path("file"), algorithm, size: text.utf8.count).digits == digits)
  }
}
