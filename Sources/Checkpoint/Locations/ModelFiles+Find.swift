internal import System

extension ModelFiles {
  /// Finds a folder by its path, or by its Hub id in the local cache of huggingface_hub; an adapter without its base.
  package static func find(
    _ model: String, environment: (String) -> String? = environmentVariable
  ) throws(CheckpointError) -> ModelFiles {
    guard let id = try hubID(model) else { return try ModelFiles(folder: model) }
    guard let cache = HubCache(environment: environment) else {
      throw CheckpointError(
        model, "there is no such folder, and no HOME to find the Hugging Face cache in; set HF_HUB_CACHE")
    }
    let repository = cache.repository(id.name)
    do throws(SystemError) {
      _ = try fileStatus(repository.path)
    } catch {
      if let obstacle = obstacle(error.code) { throw CheckpointError(repository.path, obstacle) }
      throw CheckpointError(
        model,
        "there is no such folder, and no \(repository.path) in the Hugging Face cache; a model from the Hub must have "
          + "been downloaded before, with 'gpt2-gpu pull \(model)'")
    }
    return try repository.files(of: id.revision)
  }

  /// What a model is called on the Hub; nil where it is a folder.
  ///
  /// - Throws: where it is neither.
  package static func hubID(_ model: String) throws(CheckpointError) -> HubModelID? {
    if model.isEmpty { throw CheckpointError("the model", "its name is empty; give a folder or a Hub id ORG/NAME") }
    do throws(SystemError) {
      _ = try fileStatus(model)
      return nil  // A folder wins over a Hub id of the same name, as in transformers.
    } catch {
      if let obstacle = obstacle(error.code) { throw CheckpointError(model, obstacle) }
    }
    if let first = model.first, "./~".contains(first) {
      throw CheckpointError(
        model, "there is no such folder" + (first == "~" ? "; a shell replaces ~ only outside quotes" : ""))
    }
    guard let id = HubModelID(model) else {
      let advice = ModelAddress(model).map { "; \($0.advice)" } ?? ""
      throw CheckpointError(model, "there is no such folder, and this is no Hub id" + advice)
    }
    return id
  }
}
