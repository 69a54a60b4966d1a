internal import JSON
internal import System

extension ModelFiles {
  /// Finds a model by the path of its folder, or by its Hub id in the local cache of huggingface_hub.
  ///
  /// A folder that is a LoRA adapter of PEFT stands for its base, which its configuration names, with the adapter.
  public static func locate(_ model: String) throws(CheckpointError) -> ModelFiles {
    try locate(model, environment: Self.environment)
  }

  /// Finds a model, and a LoRA adapter of PEFT for it.
  ///
  /// - Parameters:
  ///   - model: The base; that which the adapter's configuration names where nil.
  ///   - adapter: The adapter's folder, or its Hub id.
  public static func locate(_ model: String?, adapter: String) throws(CheckpointError) -> ModelFiles {
    try locate(model, adapter: adapter, environment: Self.environment)
  }

  /// The same with other environment variables.
  static func locate(_ model: String, environment: (String) -> String?) throws(CheckpointError) -> ModelFiles {
    let files = try find(model, environment: environment)
    return try Adapter.isAdapter(files) ? files.withBase(environment) : files
  }

  /// The same with other environment variables.
  static func locate(
    _ model: String?, adapter: String, environment: (String) -> String?
  ) throws(CheckpointError) -> ModelFiles {
    let files = try find(adapter, environment: environment)
    guard let model else { return try files.withBase(environment) }
    let base = try find(model, environment: environment)
    if try Adapter.isAdapter(base) {
      throw CheckpointError(base.name, "is an adapter itself: the model must be the one that \(adapter) was trained on")
    }
    return base.adapted(by: files)
  }

  /// A path without `..` and links, for messages.
  private static func resolved(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// The base of this adapter: as its configuration says, from here or beside the adapter, or in the Hub's cache.
  private func withBase(_ environment: (String) -> String?) throws(CheckpointError) -> ModelFiles {
    guard let configuration = try json(named: Adapter.configurationName) else {
      throw missing("has no \(Adapter.configurationName): it is no adapter of PEFT")
    }
    guard let base = configuration["base_model_name_or_path"]?.string, !base.isEmpty else {
      throw CheckpointError(
        name, "is an adapter that does not say which model it is for: give that as the model, and this as its adapter")
    }
    let last = base.split(separator: "/").last.map(String.init) ?? base
    let beside = base.hasPrefix("/") ? [base, "\(name)/../\(last)"] : [base, "\(name)/\(base)", "\(name)/../\(last)"]
    var status = stat()
    let folder = beside.first { !$0.utf8.contains(0) && stat($0, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR }
    let found: ModelFiles
    do {
      found = try Self.find(folder.map(Self.resolved) ?? base, environment: environment)
    } catch {
      throw CheckpointError(
        name,
        "is an adapter of '\(base.prefix(96))', which is not found: give that as the model, and this as its adapter (\(error))"
      )
    }
    if try Adapter.isAdapter(found) {
      throw CheckpointError(
        name, "is an adapter of \(found.name), which is an adapter itself: merge that with PEFT first")
    }
    return found.adapted(by: self)
  }
}
