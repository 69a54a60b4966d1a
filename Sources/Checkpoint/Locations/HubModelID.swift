/// What a model is called on the Hub, and which of its revisions is meant: `ORG/NAME`, `NAME` or `ORG/NAME@REVISION`.
package struct HubModelID: Hashable, Sendable, CustomStringConvertible {
  /// ORG/NAME, or NAME of one without a namespace.
  package let name: String
  /// A branch, a tag or a commit.
  package let revision: String

  /// The revision where none is named.
  package static let standardRevision = "main"

  /// Reads a name; nil where there can be no such model on the Hub.
  package init?(_ text: String) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let name = parts.first, Self.isName(name) else { return nil }
    self.name = name
    revision = parts.count > 1 ? parts[1] : Self.standardRevision
    guard Self.isRevision(revision) else { return nil }
  }

  package var description: String { revision == Self.standardRevision ? name : "\(name)@\(revision)" }

  /// Whether a text is a commit's whole name.
  package static func isCommit(_ text: String) -> Bool { text.utf8.count == 40 && isHexadecimal(text) }

  /// Whether all of a text are lower-case hexadecimal digits.
  package static func isHexadecimal(_ text: String) -> Bool {
    text.utf8.allSatisfy { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
  }

  /// The rule of huggingface_hub's `validate_repo_id`.
  package static func isName(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count <= 2 && !name.contains("..") && !name.contains("--") && !name.hasSuffix(".git")
      && parts.allSatisfy { part in
        let bytes = part.utf8
        guard (1...96).contains(bytes.count), let first = bytes.first, let last = bytes.last else { return false }
        return isWordCharacter(first) && isWordCharacter(last)
          && bytes.allSatisfy { isWordCharacter($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
      }
  }

  private static func isWordCharacter(_ byte: UInt8) -> Bool {
    switch UnicodeScalar(byte) {
    case "a"..."z", "A"..."Z", "0"..."9", "_": true
    default: false
    }
  }

  /// Git's names of branches and tags are wider; these lead nowhere else as a file's name, and into no other URL.
  private static func isRevision(_ revision: String) -> Bool {
    revision.utf8.count <= 255 && ModelFiles.isSafePath(revision)
      && revision.utf8.allSatisfy { (0x21..<0x7F).contains($0) }
  }
}
