internal import Checkpoint
internal import JSON
internal import System

/// What lies in the cache of a snapshot's files, and what became of each in this run.
struct Contents {
  let snapshot: Snapshot
  let download: ModelDownload
  /// By the hashes: several files may have the same content.
  private var reports: [ContentHash: FileReport] = [:]
  /// Where contents come while nothing is kept.
  private var temporary: HubCache.Repository?
  /// What was begun there.
  private var begun: Set<ContentHash> = []

  /// The largest file of JSON that is read: those of GPT-2 take kilobytes, an index of many tensors some more.
  private static let maximumJSONSize = 1 << 24

  init(snapshot: Snapshot, download: ModelDownload) {
    self.snapshot = snapshot
    self.download = download
  }

  /// Puts what has to be read elsewhere from here on.
  mutating func keepNothing() throws(HubError) {
    var template = Array("\(temporaryFolder)/gpt2-gpu-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      let error = CacheFiles.error("a folder in \(temporaryFolder)", "cannot be made")
      throw error.kind == .space ? error : HubError(.usage, "\(error). Name another by TMPDIR.")
    }
    temporary = HubCache.Repository(
      path: String(decoding: template.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
  }

  /// Takes away what is not kept.
  func clear() {
    guard let temporary else { return }
    for hash in begun {
      let blob = temporary.blob(hash.digits)
      for path in [blob, PartialFile.path(of: blob)] { unlink(path) }
    }
    rmdir(temporary.blobs)
    rmdir(temporary.path)
  }

  /// A file of JSON, fetched where it is not there.
  mutating func json(_ file: ListedFile, _ source: FileSource) throws -> JSON {
    let name = source.name(of: file)
    guard file.size <= Self.maximumJSONSize else {
      throw HubError(.repository, "\(name) has \(file.size) bytes, more than any such file needs")
    }
    if try missing([file]).isEmpty == false {
      begun.insert(file.hash)
      let report = try download.fetch(file, at: snapshot.commit, into: temporary ?? snapshot.repository, source)
      reports[file.hash] = FileReport(
        file: file, outcome: temporary == nil ? report.outcome : .missing, fetchedBytes: report.fetchedBytes)
    }
    let places = [snapshot.content(of: file), temporary?.blob(file.hash.digits)].compactMap(\.self)
    guard let bytes = places.lazy.compactMap({ SmallFile.read($0, atMost: Self.maximumJSONSize) }).first else {
      throw HubError(.file, "\(name) cannot be read in the cache")
    }
    do {
      return try JSON(parsing: bytes)
    } catch {
      throw HubError(.repository, "\(name) is \(error)")
    }
  }

  /// The files whose contents are not there, each content once; notes the others as present.
  mutating func missing(_ files: [ListedFile]) throws -> [ListedFile] {
    var missing: [ListedFile] = []
    var seen: Set<ContentHash> = []
    for file in files where reports[file.hash] == nil && seen.insert(file.hash).inserted {
      if let path = snapshot.content(of: file), try !download.mistrusts(file, at: path) {
        reports[file.hash] = FileReport(file: file, outcome: .present, fetchedBytes: 0)
      } else {
        missing.append(file)
      }
    }
    return missing
  }

  /// Makes sure that there is room for what is to come.
  func checkSpace(for files: [ListedFile]) throws(HubError) {
    let needed = files.reduce(0) { sum, file in
      let partial = CacheFiles.size(of: PartialFile.path(of: snapshot.repository.blob(file.hash.digits))) ?? 0
      return sum + max(0, file.size - partial)
    }
    guard let room = DiskSpace.available(in: snapshot.repository.path), room < needed else { return }
    throw HubError(
      .space,
      "\(ByteSize(needed)) are to come, and there is room for \(ByteSize(room)) in \(snapshot.repository.path): make room, "
        + "or name another cache by HF_HUB_CACHE")
  }

  mutating func note(_ fetched: [FileReport]) { for report in fetched { reports[report.file.hash] = report } }

  /// The model with what became of each file; one with the content of another came with it.
  func model(_ id: HubModelID, _ files: [ListedFile]) -> DownloadedModel {
    var seen: Set<ContentHash> = []
    return DownloadedModel(
      id: id, commit: snapshot.commit, path: snapshot.path,
      files: files.map { file in
        let report = reports[file.hash]
        let isFirst = seen.insert(file.hash).inserted
        return FileReport(
          file: file, outcome: report?.outcome ?? .missing, fetchedBytes: isFirst ? report?.fetchedBytes ?? 0 : 0)
      })
  }
}
