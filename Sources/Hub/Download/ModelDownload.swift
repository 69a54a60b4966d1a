internal import Dispatch
internal import JSON
internal import Synchronization
internal import System
package import Checkpoint

/// Brings a model into the cache: whole, or not at all, but for partial files from which the next try goes on.
package struct ModelDownload: Sendable {
  /// What is done beyond bringing what a model needs.
  package struct Options: Sendable {
    /// Patterns of files to bring besides.
    package var patterns: [String] = []
    /// Whether files are fetched that are there.
    package var isForced = false
    /// Whether files that are there are hashed.
    package var verifies = false
    /// Whether nothing is kept.
    package var onlyLists = false
    /// Files that come at the same time.
    package var connections = 4
    package var retries = 5

    package init() {}
  }

  private let id: HubModelID
  private let environment: HubEnvironment
  private let options: Options
  private let reports: DownloadReports
  private let progress: DownloadProgress

  package init(
    _ id: HubModelID, _ environment: HubEnvironment, _ options: Options = Options(), reports: DownloadReports
  ) {
    self.id = id
    self.environment = environment
    self.options = options
    self.reports = reports
    progress = DownloadProgress(reports)
  }

  /// Brings it.
  ///
  /// - Throws: ``HubError``; `CheckpointError` for a configuration that is not GPT-2's.
  package func run() throws -> DownloadedModel {
    let source = try source()
    let listing = try source.listing()
    let cache = environment.cache.repository(id.name)
    let snapshot = Snapshot(repository: cache, commit: listing.commit, avoidsLinks: environment.avoidsLinks)
    let choice = FileChoice(listing: listing)
    var contents = Contents(snapshot: snapshot, download: self)
    if options.onlyLists { try contents.keepNothing() }
    defer { contents.clear() }
    // huggingface_hub takes a repository without this folder for broken.
    if !options.onlyLists {
      try CacheFiles.makeFolder(of: snapshot.path)
      environment.cache.tag()
    }

    let files = try choice.files(choice.configuration(), matching: options.patterns) { file in
      try contents.json(file, source)
    }
    for pattern in choice.idle(options.patterns) {
      reports.onNotice("No file of \(listing.repository) fits '\(pattern)'.")
    }
    let missing = try contents.missing(files)
    if options.onlyLists { return contents.model(id, files) }
    try contents.checkSpace(for: missing)
    if !missing.isEmpty {
      let byteCount = missing.reduce(0) { $0 + $1.size }
      progress.begin(byteCount: byteCount)
      reports.onStart(DownloadPlan(fileCount: missing.count, byteCount: byteCount, endpoint: environment.endpoint))
      contents.note(try fetch(missing, at: listing.commit, into: cache))
    }
    try snapshot.add(files)
    try snapshot.refer(from: id.revision)
    return contents.model(id, files)
  }

  /// Fetches files, some at the same time.
  private func fetch(
    _ files: [ListedFile], at commit: String, into cache: HubCache.Repository
  ) throws -> [FileReport] {
    let next = Atomic(0)
    let found = Mutex<[FileReport]>([])
    let group = DispatchGroup()
    for number in 0..<min(options.connections, files.count) {
      // A queue of its own has a thread of its own: they wait for servers, not for cores.
      DispatchQueue(label: "gpt2-gpu.download.\(number)").async(group: group) {
        do {
          let source = try source()
          while case let index = next.add(1, ordering: .relaxed).oldValue, index < files.count {
            let report = try fetch(files[index], at: commit, into: cache, source)
            found.withLock { $0.append(report) }
          }
        } catch {
          progress.fail(error)
        }
      }
    }
    group.wait()
    if let error = progress.error { throw error }
    return found.withLock { $0 }
  }

  /// Fetches a file.
  func fetch(
    _ file: ListedFile, at commit: String, into cache: HubCache.Repository, _ source: FileSource
  ) throws -> FileReport {
    let (outcome, byteCount) = try FileDownload(
      file: file, commit: commit, blob: cache.blob(file.hash.digits), replaces: options.isForced || options.verifies,
      lock: options.onlyLists ? nil : environment.cache.lock(id.name, file.hash.digits), source: source,
      progress: progress
    ).run()
    reports.onDetail("\(source.name(of: file)): \(outcome.rawValue), \(byteCount) bytes came.")
    return FileReport(file: file, outcome: outcome, fetchedBytes: byteCount)
  }

  /// Connections for one thread.
  private func source() throws(HubError) -> FileSource {
    let (reports, progress) = (reports, progress)
    let client = try HubClient(environment, isCancelled: { progress.isCancelled }, onWarning: progress.warn)
    let retries = Retries(atMost: options.retries, isCancelled: { progress.isCancelled }) { problem, seconds in
      let sentence = "\(problem); trying again in \(seconds) s."
      if seconds > 1 { reports.onNotice(sentence) } else { reports.onDetail(sentence) }
    }
    return FileSource(client: client, id: id, retries: retries)
  }

  /// Whether what is there is not believed.
  func mistrusts(_ file: ListedFile, at path: String) throws -> Bool {
    if options.isForced { return true }
    guard options.verifies else { return false }
    let isRight = try CacheFiles.hash(of: path, file.hash.algorithm, size: file.size) == file.hash
    if !isRight { reports.onNotice("\(path) is damaged: it is fetched again.") }
    return !isRight
  }
}
