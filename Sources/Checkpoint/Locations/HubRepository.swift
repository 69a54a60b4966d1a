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

  /// The models in a cache, by their names; of a huge cache, some.
  ///
  /// Only folders with a model's name on the Hub count, and none is read yet.
  package static func all(in cache: HubCache) -> [HubRepository] {
    cache.names.map { name in
      let repository = cache.repository(name)
      return HubRepository(
        id: name,
        files: Result { () throws(CheckpointError) in try repository.files(of: HubModelID.standardRevision) })
    }
  }
}
