import ArgumentParser
import Checkpoint
import GPT2

/// Which model.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder in the Hugging Face layout, or a Hub id from the local Hub cache (default: the demo model inside).",
      valueName: "path|org/name"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      """
      A LoRA adapter of PEFT, merged while loading; without --model into the model that it names. A folder given as \
      --model may be an adapter, too.
      """, valueName: "folder"))
  var adapter: String?

  /// The model's files.
  func files() throws(CheckpointError) -> ModelFiles { try Self.files(model, adapter: adapter) }

  /// The files of a model by its name, with those of an adapter.
  static func files(_ model: String?, adapter: String?) throws(CheckpointError) -> ModelFiles {
    if let adapter { return try .locate(model, adapter: adapter) }
    return try model.map(ModelFiles.locate) ?? .demo
  }
}
