/// The bytes of a file as they come: hashed and written, and asked for again from where they stopped.
final class IncomingFile {
  private let file: ListedFile
  private let commit: String
  private let partial: PartialFile
  private let source: FileSource
  private let progress: DownloadProgress
  private var retries: Retries
  private var hasher: ContentHasher
  /// Bytes from the start that are there, and hashed.
  private(set) var received = 0
  /// Bytes that came.
  private(set) var fetched = 0
  /// Whether the server gives ranges wrongly, so that all is asked for.
  private var mistrustsRanges = false

  /// From so many new bytes on, a failure counts as the first.
  private static let muchProgress = 1 << 20

  /// Begins with what the partial file holds.
  init(
    _ file: ListedFile, at commit: String, in partial: PartialFile, _ source: FileSource, _ progress: DownloadProgress
  ) throws {
    self.file = file
    self.commit = commit
    self.partial = partial
    self.source = source
    self.progress = progress
    retries = source.retries
    retries.progress()  // the Hub has answered: with the listing
    hasher = try ContentHasher(file.hash.algorithm, size: file.size)
    try partial.read(into: hasher) { progress.isCancelled }
    received = partial.byteCount
    progress.advance(by: received, isFetched: false)
  }

  /// Receives what is missing.
  ///
  /// - Throws: ``WrongContent`` where that cannot be the file.
  func receiveAll() throws {
    var renewals = 0
    while received < file.size {
      let before = received
      do {
        let (head, isOfHub) = try request()
        if head.isSuccess {
          if received < file.size { try explainEnd(head) }
          continue
        }
        let refusal = Refusal(head, isOfHub: isOfHub)
        if head.status == 416, !mistrustsRanges {
          mistrustsRanges = true
        } else if refusal.isExpired, renewals == 0 {
          renewals += 1  // the Hub gives another address
        } else if refusal.isTemporary {
          try retries.wait(after: source.error(refusal, source.name(of: file)), asked: head.wait)
        } else {
          throw source.error(refusal, source.name(of: file))
        }
      } catch let failure as TransferFailure {
        if received - before >= Self.muchProgress {
          retries.progress()
          renewals = 0
        }
        try retries.wait(after: failure, of: source.name(of: file))
      } catch is WrongRange {
        if mistrustsRanges { throw HubError(.network, "\(source.name(of: file)) comes in other parts than asked for") }
        mistrustsRanges = true
      }
    }
  }

  /// Of all bytes received; to be asked for once.
  func hash() -> ContentHash { hasher.finish() }

  /// Takes back what was received.
  func withdraw() {
    progress.advance(by: -received, isFetched: false)
    received = 0
  }

  private func request() throws -> (head: ResponseHead, isOfHub: Bool) {
    let start = mistrustsRanges ? 0 : received
    var isFirst = true
    return try source.get(file, at: commit, from: start) { [self] head, bytes in
      if isFirst { try check(head, start: start) }
      isFirst = false
      guard received + bytes.count <= file.size else { throw WrongContent(problem: "more than its \(file.size) bytes") }
      try partial.write(bytes, at: received)
      hasher.update(bytes)
      received += bytes.count
      fetched += bytes.count
      progress.advance(by: bytes.count, isFetched: true)
    }
  }

  /// Looks at the answer that is about to be received, and goes back to the start where it begins there.
  private func check(_ head: ResponseHead, start: Int) throws {
    if head.isPage, !file.path.hasSuffix(".html") { throw FileSource.pageError(of: source.name(of: file)) }
    if head.status == 206 {
      guard let (bytes, size) = head.range, bytes.lowerBound == start, size ?? file.size == file.size else {
        throw WrongRange()
      }
    }
    if head.status != 206 || start == 0, received > 0 {
      withdraw()
      hasher = try ContentHasher(file.hash.algorithm, size: file.size)
    }
  }

  /// Tells a connection that ended too early, where the server does not say how much comes, from a wrong file.
  private func explainEnd(_ head: ResponseHead) throws {
    guard head.status == 206 || head["content-length"] == nil else {
      throw WrongContent(problem: "\(received) bytes instead of \(file.size)")
    }
    throw TransferFailure(problem: "it ended after \(received) of \(file.size) bytes", isTemporary: true)
  }
}

/// What comes is not the file that the Hub lists.
struct WrongContent: Error {
  /// The end of a sentence.
  let problem: String
}

/// Another part of the file than was asked for.
struct WrongRange: Error {}
