import ArgumentParser

/// Which adapter, if any.
struct AdapterOptions: ParsableArguments {
  @Option(
    name: .customLong("adapter"),
    help: ArgumentHelp(
      """
      A LoRA adapter of PEFT, merged while loading; where no model is given, into the one that it names. A model's \
      folder may be an adapter, too.
      """, valueName: "folder"))
  var folders: [String] = []

  /// Its folder.
  var folder: String? { folders.first }

  func validate() throws {
    if folder == "" { throw ValidationError("--adapter needs a folder or a Hub id, and its name is empty.") }
    guard folders.count <= 1 else {
      throw ValidationError(
        "--adapter takes one adapter, and \(folders.count) were given: merge the others into the model with PEFT first "
          + "(merge_and_unload).")
    }
  }
}
