package import Checkpoint

/// A model that lies in the cache, whole.
package struct DownloadedModel: Sendable {
  package let id: HubModelID
  package let commit: String
  /// The folder of its files.
  package let path: String
  package let files: [FileReport]

  /// Bytes that came.
  package var fetchedBytes: Int { files.reduce(0) { $0 + $1.fetchedBytes } }
}

/// What became of a file.
package struct FileReport: Sendable {
  package enum Outcome: String, Sendable {
    /// All of it came.
    case fetched
    /// The rest of it came.
    case resumed
    /// It was there.
    case present
    /// It would come: where files are only listed.
    case missing
  }

  package let file: ListedFile
  package let outcome: Outcome
  /// Bytes that came, those among them that came twice.
  package let fetchedBytes: Int
}
