import ArgumentParser
import Checkpoint
import GPT2

/// Which model.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A folder in the Hugging Face layout, or a Hub id from the local Hub cache (default: $GPT2_GPU_MODEL, else the demo \
      model inside).
      """, valueName: "path|org/name"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      """
      A LoRA adapter of PEFT, merged while loading; without --model into the model that it names. A folder given as \
      --model may be an adapter, too.
      """, valueName: "folder"))
  var adapter: String?

  /// Where its name comes from, for people.
  var source: String { EnvironmentDefault.model.source(model, named: "--model") }

  /// The model's files.
  func files() throws -> ModelFiles { try Self.files(model, adapter: adapter) }

  /// The files of a model by its flag, else by the environment, with those of an adapter.
  static func files(_ model: String?, adapter: String?) throws -> ModelFiles {
    try EnvironmentDefault.model.naming(unless: model) {
      let model = EnvironmentDefault.model.value(unless: model)
      if let adapter { return try .locate(model, adapter: adapter) }
      return try model.map(ModelFiles.locate) ?? .demo
    }
  }
}
