internal import System

/// Brings one file into the cache, going on where an ended process has left it.
struct FileDownload {
  let file: ListedFile
  let commit: String
  /// The content's place in the cache.
  let blob: String
  /// Whether what lies there is fetched all the same.
  let replaces: Bool
  /// Whose it is to bring the content; nil where the cache is this process's own.
  let lock: FileLock?
  let source: FileSource
  let progress: DownloadProgress

  /// How often bytes that turned out to be wrong are fetched anew.
  private static let mostWrong = 1
  /// How long another process may bring nothing before this one begins for itself.
  private static let patienceForOthers = Duration.seconds(30)
  /// How long another process that has the lock may not even have begun.
  private static let patienceForBeginning = Duration.seconds(1)

  /// Brings it.
  func run() throws -> (outcome: FileReport.Outcome, byteCount: Int) {
    var (fetched, wrong) = (0, 0)
    while let partial = try acquire() {
      // Not cut off but made anew: another process may have it open, where locks do nothing.
      if partial.byteCount > file.size {
        try partial.discard()
        continue
      }
      let kept = partial.byteCount
      let incoming = try IncomingFile(file, at: commit, in: partial, source, progress)
      do {
        defer { fetched += incoming.fetched }
        try incoming.receiveAll()
        guard incoming.hash() == file.hash else { throw WrongContent(problem: "other bytes than its hash says") }
        // The hash is that of what was received: where locks do nothing, another process may have written, too.
        guard partial.byteCount == file.size else {
          throw WrongContent(problem: "\(partial.byteCount) bytes on the disk instead of \(file.size)")
        }
        try partial.finish(as: blob)
      } catch let error as WrongContent {
        try partial.discard()
        incoming.withdraw()
        // What an ended process left may have been at fault.
        if incoming.fetched == file.size || kept == 0 { wrong += 1 }
        guard wrong <= Self.mostWrong else {
          throw HubError(
            .repository,
            "\(source.name(of: file)) comes with \(error.problem), twice: it is not kept; a proxy or mirror may be at "
              + "fault")
        }
        continue
      }
      return (kept > 0 ? .resumed : .fetched, fetched)
    }
    progress.advance(by: file.size, isFetched: false)
    return (.present, fetched)
  }

  /// The partial file; nil where another process has brought the whole meanwhile.
  private func acquire() throws -> PartialFile? {
    var (size, change) = (-1, ContinuousClock.now)
    while true {
      if progress.isCancelled { throw Cancelled() }
      // huggingface_hub locks the blob alone, not the file that it appends to.
      let mayWrite = lock?.take() ?? true
      if mayWrite, let partial = try PartialFile.open(blob: blob) {
        guard isPresent else { return partial }
        try partial.discard()
        return nil
      }
      // Another process has it.
      if isPresent { return nil }
      let now = CacheFiles.size(of: PartialFile.path(of: blob)) ?? -1
      if now != size { (size, change) = (now, .now) }
      let hasBegun = mayWrite || size >= 0
      if .now - change > (hasBegun ? Self.patienceForOthers : Self.patienceForBeginning) {
        return try PartialFile.openOwn(blob: blob)
      }
      usleep(50_000)
    }
  }

  private var isPresent: Bool { !replaces && CacheFiles.size(of: blob) == file.size }
}
