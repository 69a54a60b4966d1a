internal import System

/// The Hub's local cache, which is that of huggingface_hub: where it lies, and where in it everything does.
///
/// ```
/// models--ORG--NAME/refs/main                      the commit, 40 characters without a line feed
///                  /blobs/HASH                     a file's content; or a link into a store that repositories share
///                  /snapshots/COMMIT/sub/file   -> ../../../blobs/HASH
/// ```
package struct HubCache: Sendable {
  /// The cache's folder, which need not be there.
  package let folder: String

  /// The cache of this process's environment; nil where that has no place for one.
  package init?() { self.init(environment: environmentVariable) }

  /// By the variables of huggingface_hub in its order (`constants.py`).
  package init?(environment: (String) -> String?) {
    func value(_ name: String) -> String? { Self.value(of: name, environment) }
    if let cache = value("HF_HUB_CACHE") ?? value("HUGGINGFACE_HUB_CACHE") {
      folder = cache
    } else if let home = Self.home(environment) {
      folder = "\(home)/hub"
    } else {
      return nil
    }
  }

  /// The folder of all that huggingface_hub keeps, the user's token among it; nil where the environment has no place.
  package static func home(_ environment: (String) -> String?) -> String? {
    if let home = value(of: "HF_HOME", environment) { return home }
    if let cache = value(of: "XDG_CACHE_HOME", environment) { return "\(cache)/huggingface" }
    return environment("HOME").flatMap { $0.isEmpty ? nil : "\($0)/.cache/huggingface" }
  }

  /// A variable that names a path; nil where it is not set, or empty.
  package static func value(of name: String, _ environment: (String) -> String?) -> String? {
    environment(name).flatMap { $0.isEmpty ? nil : expanded($0, environment) }
  }

  /// Where a model of this name lies, or would.
  package func repository(_ name: String) -> Repository {
    Repository(path: "\(folder)/\(Self.prefix)\(name.split(separator: "/").joined(separator: "--"))")
  }

  /// The names of the models in the cache; of a huge cache, some.
  var names: [String] {
    guard let cache = try? ModelFiles(folder: folder) else { return [] }
    return cache.names.filter { $0.hasPrefix(Self.prefix) }.compactMap { entry in
      // On the Hub, no name has two hyphens in a row.
      let name = String(entry.dropFirst(Self.prefix.count)).replacing("--", with: "/")
      return HubModelID.isName(name) ? name : nil
    }
  }

  private static let prefix = "models--"

  /// A model's folder in the cache.
  package struct Repository: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// The folder's own name.
    package var folderName: String { path.split(separator: "/").last.map(String.init) ?? "" }

    package var blobs: String { "\(path)/blobs" }
    package func blob(_ hash: String) -> String { "\(blobs)/\(hash)" }
    package func reference(_ revision: String) -> String { "\(path)/refs/\(revision)" }
    package func snapshot(_ commit: String) -> String { "\(path)/snapshots/\(commit)" }

    /// The commit whose files a folder holds, by its path; nil where it is no snapshot.
    package static func commit(ofSnapshot path: String) -> String? {
      let parts = path.split(separator: "/").suffix(2).map(String.init)
      return parts.count == 2 && parts[0] == "snapshots" && HubModelID.isCommit(parts[1]) ? parts[1] : nil
    }

    /// What the link of a snapshot's file says, by the file's name within the snapshot.
    package static func link(from file: String, to hash: String) -> String {
      String(repeating: "../", count: 2 + file.count { $0 == "/" }) + "blobs/\(hash)"
    }

    /// The files of a revision.
    package func files(of revision: String) throws(CheckpointError) -> ModelFiles {
      try ModelFiles(folder: snapshot(commit(of: revision)))
    }

    private func commit(of revision: String) throws(CheckpointError) -> String {
      let repository = try ModelFiles(folder: path)
      guard let reference = try repository.file(named: "refs/\(revision)") else {
        if HubModelID.isCommit(revision) { return revision }
        throw CheckpointError(path, "has no refs/\(revision): that revision was not downloaded, or not to its end")
      }
      let commit = reference.withBytes { String(decoding: $0.prefix(256), as: UTF8.self) }
        .split(whereSeparator: \.isWhitespace).joined(separator: " ")
      guard !commit.contains("/"), ModelFiles.isSafePath(commit) else {
        throw CheckpointError(reference.name, "does not name a commit; download the model again")
      }
      return commit
    }
  }

  /// A path with `~`, `$NAME` and `${NAME}` replaced, as Python's `expandvars` and `expanduser` do; unknown names stay.
  private static func expanded(_ path: String, _ environment: (String) -> String?) -> String {
    var result = ""
    var rest = path[...]
    if rest == "~" || rest.hasPrefix("~/"), let home = environment("HOME") {
      result = home
      rest = rest.dropFirst()
    }
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      let after = rest[rest.index(after: dollar)...]
      let isBraced = after.first == "{"
      let name = after.dropFirst(isBraced ? 1 : 0).prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
      let end = after[name.endIndex...]
      if !name.isEmpty, !isBraced || end.first == "}", let value = environment(String(name)) {
        result += value
        rest = isBraced ? end.dropFirst() : end
      } else {
        result += "$"
        rest = after
      }
    }
    return result + rest
  }
}
