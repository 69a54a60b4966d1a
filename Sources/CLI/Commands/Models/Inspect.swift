import ArgumentParser
import Checkpoint
import GPT2
import JSON

/// `gpt2-gpu inspect`: the contents of a checkpoint.
struct Inspect: MessagingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a model's configuration, its tensors, and what its pickle files ask for.",
    usage: "gpt2-gpu inspect [<options>] [<model>]",
    discussion: """
      Nothing of a pickle file is ever run. One that asks for more than tensors is refused: what it asked for is \
      listed, and the exit code is 4.

      Examples:
        gpt2-gpu inspect ./rabbitsnap
        gpt2-gpu inspect ./rabbitsnap --verify --format json
      """)

  @Argument(
    help: """
      A folder in the Hugging Face layout, or a model of the Hub (default: $GPT2_GPU_MODEL, else the demo \
      model).
      """)
  var model: String?

  @OptionGroup var adapter: AdapterOptions

  @OptionGroup var hub: HubOptions

  @Flag(help: "Compare every byte with the checksums that PyTorch's zip files carry.")
  var verify = false

  @OptionGroup var format: FormatOptions
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let files = try ModelOptions.files(model, adapter: adapter.folder, hub)
    do {
      let report = InspectionReport(checkpoint: try Checkpoint(files: files, verify: verify), isVerified: verify)
      try Output.results.print(format.format == .text ? report.text : report.json.text + "\n")
    } catch let error as CheckpointError where !error.refusedGlobals.isEmpty {
      try Output.results.print(refusal(of: error))
      throw error
    }
  }

  /// The lines about names that a refused pickle file asked for.
  private func refusal(of error: CheckpointError) -> String {
    switch format.format {
    case .text: error.refusedGlobals.map { "refused  \($0.printable)\n" }.joined()
    case .json:
      ([
        "file": .string(error.subject), "refused": .array(error.refusedGlobals.map { .string($0) }),
      ] as JSON).text + "\n"
    }
  }
}
