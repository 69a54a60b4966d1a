import ArgumentParser
import Benchmarking
import Checkpoint
import GPT2

/// Which model.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A folder in the Hugging Face layout, or a Hub id from the local Hub cache (default: $GPT2_GPU_MODEL, else the demo \
      model inside, a toy that knows nothing but Shakespeare).
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
    let name = EnvironmentDefault.model.value(unless: model)
    return try EnvironmentDefault.model.naming(unless: model) {
      do throws(CheckpointError) {
        if let adapter { return try .locate(name, adapter: adapter) }
        return try name.map(ModelFiles.locate) ?? .demo
      } catch {
        guard let shape = name.flatMap(MadeUpModel.init(named:)), error.subject == name else { throw error }
        throw UsageError(
          "There is no model \(name ?? "") here. As a shape with made-up weights, \(shape.rawValue) is for 'gpt2-gpu bench' "
            + "and 'gpt2-gpu tune'; OpenAI's model is --model openai-community/gpt2, after 'hf download "
            + "openai-community/gpt2'.")
      }
    }
  }
}
