internal import System

extension ModelFiles {
  /// Finds a folder by its path, or by its Hub id in the local cache of huggingface_hub.
  static func find(_ model: String, environment: (String) -> String?) throws(CheckpointError) -> ModelFiles {
    if model.isEmpty { throw CheckpointError("the model", "its name is empty; give a folder or a Hub id ORG/NAME") }
    var status = stat()
    // A folder wins over a Hub id of the same name, as in transformers.
    if !model.utf8.contains(0), stat(model, &status) == 0 { return try ModelFiles(folder: model) }
    if let obstacle = obstacle(errno) { throw CheckpointError(model, obstacle) }
    if let first = model.first, "./~".contains(first) {
      throw CheckpointError(
        model, "there is no such folder" + (first == "~" ? "; a shell replaces ~ only outside quotes" : ""))
    }
    guard isHubID(model) else { throw CheckpointError(model, "there is no such folder, and this is no Hub id") }
    guard let cache = hubCache(environment) else {
      throw CheckpointError(
        model, "there is no such folder, and no HOME to find the Hugging Face cache in; set HF_HUB_CACHE")
    }

    let repository = "\(cache)/models--\(model.split(separator: "/").joined(separator: "--"))"
    guard stat(repository, &status) == 0 else {
      if let obstacle = obstacle(errno) { throw CheckpointError(repository, obstacle) }
      throw CheckpointError(
        model,
        "there is no such folder, and no \(repository) in the Hugging Face cache; a model from the Hub must have "
          + "been downloaded before, for example with 'hf download \(model)'")
    }
    return try snapshot(of: repository)
  }

  /// The files of a repository's revision `main`.
  static func snapshot(of repository: String) throws(CheckpointError) -> ModelFiles {
    let references = try ModelFiles(folder: repository)
    guard let reference = try references.file(named: "refs/main") else {
      throw CheckpointError(repository, "has no refs/main; download the model again")
    }
    let commit = reference.withBytes { String(decoding: $0.prefix(256), as: UTF8.self) }
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !commit.contains("/"), isSafePath(commit) else {
      throw CheckpointError(reference.name, "does not name a commit; download the model again")
    }
    return try ModelFiles(folder: "\(repository)/snapshots/\(commit)")
  }

  /// Whether this is a name on the Hub: NAME or ORG/NAME, each of letters, digits, `.`, `_` and `-`.
  static func isHubID(_ model: String) -> Bool {
    let parts = model.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count <= 2
      && parts.allSatisfy { part in
        let bytes = part.utf8
        return (1...96).contains(bytes.count) && !part.contains("..") && !part.contains("--")
          && bytes.allSatisfy { byte in
            switch UnicodeScalar(byte) {
            case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
            default: false
            }
          }
      }
  }

  /// The cache's folder, by the variables of huggingface_hub in its order (`constants.py`).
  static func hubCache(_ environment: (String) -> String?) -> String? {
    func value(_ name: String) -> String? {
      environment(name).flatMap { $0.isEmpty ? nil : expanded($0, environment) }
    }
    if let cache = value("HF_HUB_CACHE") ?? value("HUGGINGFACE_HUB_CACHE") { return cache }
    if let home = value("HF_HOME") { return "\(home)/hub" }
    if let cache = value("XDG_CACHE_HOME") { return "\(cache)/huggingface/hub" }
    return environment("HOME").flatMap { $0.isEmpty ? nil : "\($0)/.cache/huggingface/hub" }
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
