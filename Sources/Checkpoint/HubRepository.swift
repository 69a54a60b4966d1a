internal import System

/// A model's repository in the local cache of huggingface_hub.
package struct HubRepository: Sendable {
  /// Its name on the Hub: NAME or ORG/NAME.
  package let id: String
  /// Its files at the revision `main`, or why there are none.
  package let files: Result<ModelFiles, CheckpointError>

  /// The commit that `main` is; nil where that is not known.
  package var revision: String? {
    (try? files.get())?.name.split(separator: "/").last.map(String.init)
  }

  /// The models in the cache, by their names; of a huge cache, some.
  ///
  /// Only folders with a model's name on the Hub count, and none is read yet.
  ///
  /// - Returns: The cache's folder, nil where the environment has no place for it, and the models.
  package static func all() -> (folder: String?, repositories: [HubRepository]) {
    all { name in getenv(name).map { String(cString: $0) } }
  }

  static func all(environment: (String) -> String?) -> (folder: String?, repositories: [HubRepository]) {
    guard let folder = ModelFiles.hubCache(environment) else { return (nil, []) }
    guard let cache = try? ModelFiles(folder: folder) else { return (folder, []) }
    let prefix = "models--"
    return (
      folder,
      cache.names.filter { $0.hasPrefix(prefix) }.compactMap { name in
        // On the Hub, no name has two hyphens in a row.
        let id = String(name.dropFirst(prefix.count)).replacing("--", with: "/")
        guard ModelFiles.isHubID(id) else { return nil }
        return HubRepository(
          id: id,
          files: Result { () throws(CheckpointError) in try ModelFiles.snapshot(of: "\(folder)/\(name)") })
      }
    )
  }
}
