internal import Checkpoint
internal import System

/// A commit's files in the cache, by the names that they have in the repository.
struct Snapshot {
  let repository: HubCache.Repository
  let commit: String
  /// Whether contents are moved here, rather than linked from here.
  let avoidsLinks: Bool

  var path: String { repository.snapshot(commit) }

  func path(of file: ListedFile) -> String { "\(path)/\(file.path)" }

  /// Where a file's content lies, as far as its size tells; nil where it does not.
  func content(of file: ListedFile) -> String? {
    let places = [repository.blob(file.hash.digits), path(of: file)]
    return places.first { CacheFiles.size(of: $0) == file.size }
  }

  /// Gives the files' contents their names.
  func add(_ files: [ListedFile]) throws(HubError) {
    for file in files {
      let place = path(of: file)
      let blob = repository.blob(file.hash.digits)
      guard CacheFiles.size(of: blob) != nil else {  // it was moved here, or to another file of the same content
        let twin = files.first { $0.hash == file.hash && CacheFiles.size(of: path(of: $0)) == file.size }
        if CacheFiles.size(of: place) != file.size, let twin { try CacheFiles.copy(path(of: twin), to: place) }
        continue
      }
      let target = HubCache.Repository.link(from: file.path, to: file.hash.digits)
      let isLinked = avoidsLinks ? false : try CacheFiles.link(place, to: target)
      if !isLinked {
        try CacheFiles.makeFolder(of: place)
        try CacheFiles.move(blob, to: place)
      }
    }
  }

  /// Says that a branch or tag is this commit: its 40 characters and no line feed, which huggingface_hub would not forgive.
  func refer(from revision: String) throws(HubError) {
    let reference = repository.reference(revision)
    if revision == commit || SmallFile.read(reference, atMost: 64).map({ Array($0) }) == Array(commit.utf8) { return }
    try CacheFiles.write(commit, to: reference)
  }
}
