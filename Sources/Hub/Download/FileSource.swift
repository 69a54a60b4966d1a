internal import Checkpoint

/// A repository on the Hub, asked by one thread.
struct FileSource {
  let client: HubClient
  let id: HubModelID
  let retries: Retries

  private var environment: HubEnvironment { client.environment }

  /// What the repository has at the revision: commit, names, sizes and hashes in one request.
  func listing() throws -> Listing {
    let revision = WebAddress.escaped(id.revision, keepingSlashes: false)
    let path = "/api/models/\(id.name)/revision/\(revision)?blobs=true"
    var retries = retries
    while true {
      var bytes: [UInt8] = []
      do {
        let (head, isOfHub) = try client.get(path) { head, part in
          if head.isPage { throw Self.pageError(of: environment.endpoint) }
          guard bytes.count + part.count <= Listing.maximumByteCount else {
            throw HubError(.network, "the list of \(id.name)'s files has more than \(Listing.maximumByteCount) bytes")
          }
          bytes += part
        }
        if head.isSuccess { return try Listing(parsing: bytes, repository: id.name) }
        let refusal = Refusal(head, isOfHub: isOfHub)
        let error = error(refusal, id.name)
        guard refusal.isTemporary else { throw error }
        try retries.wait(after: error, asked: head.wait)
      } catch let failure as TransferFailure {
        try retries.wait(after: failure, of: environment.endpoint)
      }
    }
  }

  /// Asks for a file, or the rest of it.
  func get(
    _ file: ListedFile, at commit: String, from start: Int, receive: @escaping Transfer.Receive
  ) throws -> (head: ResponseHead, isOfHub: Bool) {
    try client.get(
      "/\(id.name)/resolve/\(commit)/\(WebAddress.escaped(file.path, keepingSlashes: true))", from: start,
      receive: receive)
  }

  /// A file's name in messages.
  func name(of file: ListedFile) -> String { "\(id.name)/\(file.path)" }

  func error(_ refusal: Refusal, _ subject: String) -> HubError {
    refusal.error(subject, of: id.name, revision: id.revision, environment)
  }

  /// The error for a page where there should be data.
  static func pageError(of subject: String) -> HubError {
    HubError(.network, "\(subject) answers with a web page: this network may want a login, or it is no Hub")
  }
}
