internal import Checkpoint
internal import JSON

/// The files of a repository at a commit, with their sizes and hashes: what `?blobs=true` answers.
package struct Listing: Sendable {
  /// What the repository is called in messages.
  let repository: String
  package let commit: String
  package let files: [ListedFile]

  /// More than the largest answer that is read, of some 100,000 files.
  static let maximumByteCount = 1 << 24
  private static let maximumValueCount = 1 << 21
  /// More than the Hub takes of a file.
  private static let maximumFileSize = 1 << 42

  /// Reads an answer, from a server that need not be the Hub.
  init(parsing bytes: [UInt8], repository: String) throws(HubError) {
    func fault(_ problem: String) -> HubError {
      HubError(.network, "the list of \(repository)'s files \(problem): is that a Hub?")
    }
    let json: JSON
    do {
      json = try JSON(parsing: bytes, maximumValueCount: Self.maximumValueCount)
    } catch {
      throw fault("is \(error)")
    }
    guard let commit = json["sha"]?.string, HubModelID.isCommit(commit) else { throw fault("names no commit") }
    guard let siblings = json["siblings"]?.array else { throw fault("has no siblings") }
    self.repository = repository
    self.commit = commit
    var paths: Set<[UInt8]> = []
    files = try siblings.map { sibling throws(HubError) in
      guard let path = sibling["rfilename"]?.string, path.utf8.count <= 1024, ModelFiles.isSafePath(path),
        path.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }), !Self.hasDrive(path)
      else {
        throw HubError(
          .repository,
          "\(repository) lists a file that would lead out of it, '\(sibling["rfilename"]?.string?.prefix(64) ?? "")': "
            + "nothing of it is downloaded")
      }
      guard paths.insert(Array(path.utf8)).inserted else { throw fault("has \(path) twice") }
      let lfs = sibling["lfs"]
      let hash = ContentHash(
        algorithm: lfs?["sha256"] == nil ? .gitSHA1 : .sha256,
        digits: lfs?["sha256"]?.string ?? sibling["blobId"]?.string ?? "")
      guard hash.digits.utf8.count == hash.algorithm.digitCount, HubModelID.isHexadecimal(hash.digits) else {
        throw fault("gives no hash of \(path)")
      }
      guard let size = lfs?["size"]?.integer ?? sibling["size"]?.integer, (0...Self.maximumFileSize).contains(size)
      else {
        throw fault("gives no size of \(path)")
      }
      return ListedFile(path: path, size: size, hash: hash)
    }
  }

  /// A file by its name; nil where it is not listed.
  package subscript(path: String) -> ListedFile? { files.first { $0.path.utf8.elementsEqual(path.utf8) } }

  /// Whether a name begins with a drive of Windows.
  private static func hasDrive(_ path: String) -> Bool {
    let bytes = Array(path.utf8.prefix(2))
    return bytes.count == 2 && bytes[1] == UInt8(ascii: ":")
  }
}
