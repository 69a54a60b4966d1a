internal import JSON
internal import System

extension ModelFiles {
  /// Finds a model by the path of its folder, or by its Hub id in the local cache of huggingface_hub.
  ///
  /// A folder that is a LoRA adapter of PEFT stands for its base, which its configuration names, with the adapter.
  public static func locate(_ model: String) throws(CheckpointError) -> ModelFiles {
    try locate(model, environment: environmentVariable)
  }

  /// Finds a model, and a LoRA adapter of PEFT for it.
  ///
  /// - Parameters:
  ///   - model: The base; that which the adapter's configuration names where nil.
  ///   - adapter: The adapter's folder, or its Hub id.
  public static func locate(_ model: String?, adapter: String) throws(CheckpointError) -> ModelFiles {
    try locate(model, adapter: adapter, environment: environmentVariable)
  }

  /// The same with other environment variables.
  static func locate(_ model: String, environment: (String) -> String?) throws(CheckpointError) -> ModelFiles {
    let files = try find(model, environment: environment)
    return try files.isAdapter() ? files.withBase(environment) : files
  }

  /// The same with other environment variables.
  static func locate(
    _ model: String?, adapter: String, environment: (String) -> String?
  ) throws(CheckpointError) -> ModelFiles {
    if adapter.isEmpty { throw CheckpointError("the adapter", "its name is empty; give a folder or a Hub id ORG/NAME") }
    let files = try find(adapter, environment: environment)
    guard let model else { return try files.withBase(environment) }
    let base = try find(model, environment: environment)
    if try base.isAdapter() {
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

  /// What a model is an adapter of, by its configuration: a folder's path or a Hub id; nil where it is none.
  package static func base(of model: String) throws(CheckpointError) -> String? {
    let files = try find(model, environment: environmentVariable)
    guard try files.isAdapter(),
      let configuration = try files.json(named: WeightNames.adapterConfiguration),
      let base = configuration["base_model_name_or_path"]?.string, 1...mostBaseBytes ~= base.utf8.count
    else { return nil }
    return files.folder(ofBase: base) ?? ModelFiles.name(ofBase: base, configuration)
  }

  /// The longest name of a base that is looked for.
  private static let mostBaseBytes = 4096

  /// What a base that is no folder is looked for as: a Hub id, with the `revision` that the configuration asks for.
  private static func name(ofBase base: String, _ configuration: JSON) -> String {
    guard let revision = configuration["revision"]?.string, !["", "main"].contains(revision), !base.contains("@"),
      (try? hubID(base)) != nil
    else { return base }
    return "\(base)@\(revision)"
  }

  /// The folder that a base's name stands for: as it says, from here or beside the adapter; nil where there is none.
  private func folder(ofBase base: String) -> String? {
    let last = base.split(separator: "/").last.map(String.init) ?? base
    let beside = base.hasPrefix("/") ? [base, "\(name)/../\(last)"] : [base, "\(name)/\(base)", "\(name)/../\(last)"]
    let folder = beside.first { (try? fileStatus($0)).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false }
    return folder.map(Self.resolved)
  }

  /// The base of this adapter: as its configuration says, from here or beside the adapter, or in the Hub's cache.
  private func withBase(_ environment: (String) -> String?) throws(CheckpointError) -> ModelFiles {
    guard let configuration = try json(named: WeightNames.adapterConfiguration) else {
      throw missing("has no \(WeightNames.adapterConfiguration): it is no adapter of PEFT")
    }
    guard let base = configuration["base_model_name_or_path"]?.string, !base.isEmpty else {
      throw CheckpointError(
        name, "is an adapter that does not say which model it is for: give that as the model, and this as its adapter")
    }
    guard base.utf8.count <= Self.mostBaseBytes else {
      throw CheckpointError(name, "is an adapter whose base has a name of \(base.utf8.count) bytes")
    }
    let found: ModelFiles
    do {
      found = try Self.find(folder(ofBase: base) ?? Self.name(ofBase: base, configuration), environment: environment)
    } catch {
      throw CheckpointError(
        name,
        "is an adapter of '\(base.prefix(96))', which is not found: give that as the model, and this as its adapter (\(error))"
      )
    }
    if try found.isAdapter() {
      throw CheckpointError(
        name, "is an adapter of \(found.name), which is an adapter itself: merge that with PEFT first")
    }
    guard try found.file(named: "config.json") != nil else {
      throw CheckpointError(
        name,
        "is an adapter of '\(base.prefix(96))', which is no model, as it has no config.json: give the right one as the "
          + "model, and this as its adapter")
    }
    return found.adapted(by: self)
  }
}
