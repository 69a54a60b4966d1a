import JSON
import Testing

@testable import Hub

@Suite struct ListingTests {
  static let commit = String(repeating: "c", count: 40)

  /// A listing of files of git, and of large ones by their names.
  static func listing(_ paths: String...) throws -> Listing { try Listing(parsing: bytes(paths), repository: "a/b") }

  static func bytes(_ paths: [String]) -> [UInt8] {
    let siblings = paths.enumerated().map { number, path -> JSON in
      let isLarge = path.hasSuffix(".safetensors") || path.hasSuffix(".bin")
      let digits = String(number, radix: 16)
      return [
        "rfilename": .string(path), "size": .integer(number),
        "blobId": .string(String(repeating: "0", count: 40 - digits.count) + digits),
        "lfs": isLarge
          ? ["sha256": .string(String(repeating: "0", count: 64 - digits.count) + digits), "size": .integer(number)]
          : .null,
      ]
    }
    return Array((["sha": .string(commit), "siblings": .array(siblings)] as JSON).text.utf8)
  }

  @Test func readsHashesAndSizes() throws {
    let listing = try Self.listing("config.json", "model.safetensors")
    #expect(listing.commit == Self.commit && listing.files.map(\.size) == [0, 1])
    #expect(listing.files.map(\.hash.algorithm) == [.gitSHA1, .sha256])
    #expect(listing["model.safetensors"]?.hash.digits.count == 64 && listing["model"] == nil)
  }

  @Test(arguments: [
    "../x", "/x", "a/../x", "a\\b", "C:\\x", "C:x", "a\nb", "a\0b", "", ".", "a//b", "a/", "a\u{1B}[2Jb", "\u{7F}",
    String(repeating: "a", count: 1025),
  ])
  func refusesNamesThatLeadOut(_ name: String) {
    let error = #expect(throws: HubError.self) { try Self.listing("config.json", name) }
    #expect(error?.kind == .repository && error?.description.contains("\n") == false)
  }

  @Test(arguments: [
    "", "[]", "{}", #"{"sha": "main", "siblings": []}"#, #"{"sha": "COMMIT"}"#, #"{"sha": "COMMIT", "siblings": {}}"#,
    #"{"sha": "COMMIT", "siblings": [{"rfilename": "a", "size": 1}]}"#,
    #"{"sha": "COMMIT", "siblings": [{"rfilename": "a", "size": -1, "blobId": "COMMIT"}]}"#,
    #"{"sha": "COMMIT", "siblings": [{"rfilename": "a", "size": 1e30, "blobId": "COMMIT"}]}"#,
    #"{"sha": "COMMIT", "siblings": [{"rfilename": "a", "blobId": "COMMIT"}]}"#,
    #"{"sha": "COMMIT", "siblings": [{"rfilename": "a", "size": 1, "blobId": "../../../../../../../../../../../../x"}]}"#,
    #"{"sha": "COMMIT", "siblings": [{"rfilename": "a", "size": 1, "lfs": {"sha256": "COMMIT", "size": 1}}]}"#,
    #"{"sha": "COMMIT", "siblings": [{"rfilename": "a", "size": 1, "blobId": "COMMIT"}, {"rfilename": "a", "size": 1, "blobId": "COMMIT"}]}"#,
    "<html>", "{",
  ])
  func refusesWhatIsNoListing(_ text: String) {
    let error = #expect(throws: HubError.self) {
      try Listing(parsing: Array(text.replacing("COMMIT", with: Self.commit).utf8), repository: "a/b")
    }
    #expect(error?.kind == .network)
  }
}
