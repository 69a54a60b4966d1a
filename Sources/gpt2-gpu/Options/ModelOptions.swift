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

  /// The model's files.
  func files() throws(CheckpointError) -> ModelFiles { try model.map(ModelFiles.locate) ?? .demo }
}
