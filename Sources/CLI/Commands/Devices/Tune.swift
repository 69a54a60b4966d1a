internal import Backend
internal import OpenCLBackend
internal import System
import ArgumentParser
import Benchmarking
import Checkpoint
import Diagnosis
import GPT2
import JSON

/// `gpt2-gpu tune`: what is fastest on a device.
struct Tune: MessagingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Search the kernel parameters that are fastest on a device.",
    usage: "gpt2-gpu tune [<options>]",
    discussion: """
      Tries the tiles that the kernels leave open for a model's products, first those of one row, then of more. Only \
      what gives the same numbers, bit for bit, is timed, and what is not clearly faster is not taken. What was found is \
      kept in the folder of compiled programs ($GPT2_GPU_CACHE, else ~/.cache/gpt2-gpu), for this device, driver, \
      precision and version of the kernels, and every command uses it. No text changes. The weights are made up: only \
      the model's sizes count. An interrupt ends the search with what is found.

      Examples:
        gpt2-gpu tune
        gpt2-gpu tune --model 124m --time-limit 300
        gpt2-gpu tune --reset
      """)

  @Option(
    help: ArgumentHelp(
      """
      A folder in the Hugging Face layout, a model of the Hub, or 124m, 355m, 774m or 1558m for a real \
      shape (default: $GPT2_GPU_MODEL, else the demo model inside).
      """, valueName: "path|org/name|shape"))
  var model: String?

  @OptionGroup var hub: HubOptions
  @OptionGroup var device: DeviceOptions

  @Option(parsing: .unconditional, help: ArgumentHelp("How long to search.", valueName: "seconds"))
  var timeLimit = Count(60)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Rows of the products to look at, in this order (default: 1, 8, 64, 256, then the other powers of 2 up to those of a step).",
      valueName: "1,8,64"))
  var rows: CommaList<Count>?

  @Flag(help: "Take away what was found for the device, precision and kernels, and search nothing.")
  var reset = false

  @OptionGroup var format: FormatOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    if timeLimit.value < 1 { throw ValidationError("--time-limit must be at least 1 second.") }
  }

  func run() throws {
    let end = ContinuousClock.now + .seconds(timeLimit.value)
    // While an interrupt still ends the program at once: a download may take long.
    let configuration = try configuration()
    let interruption = Interruption()
    // Before drivers start threads of theirs, which must not take the signals.
    Signals.divert { interruption.raise($0) }
    let computeDevice = try device.single(for: "tune")
    guard let opencl = computeDevice.device else {
      throw UsageError("cpu has nothing to tune: OpenBLAS chooses for itself. tune needs an OpenCL device.")
    }
    let rows = try rows(upTo: computeDevice.mostRows)
    let tuner = try Tuner(
      opencl, computeDevice.stored(device.precision.value),
      device.kernels.value ?? FamilyChoice(for: opencl).family, activation: configuration.activation,
      rows: computeDevice.mostRows, limits: Tuner.Limits { ContinuousClock.now >= end })
    if reset { return try removeFile(of: tuner) }
    let output = TuneOutput(TuneReport(tuner, computeDevice), as: format.format)
    interruption.onRaise { if let signal = interruption.signal { output.end(bySignal: signal) } }
    try output.finish(tuner.run(TuningTask.all(of: configuration, rows: rows), onProgress: output.begin))
  }

  /// The rows to look at, of steps of so many.
  private func rows(upTo most: Int) throws(UsageError) -> [Int] {
    guard let rows = rows?.values.map(\.value) else { return TuningTask.usualRows.filter { $0 <= most } }
    if let other = rows.first(where: { !(1...most).contains($0) }) {
      throw UsageError("--rows has \(other), and must be 1 to \(most) on this device.")
    }
    return rows
  }

  /// The model's sizes.
  private func configuration() throws -> ModelConfiguration {
    let shape = EnvironmentDefault.model.value(unless: model).flatMap(MadeUpModel.init(named:))
    return try shape?.configuration ?? PretrainedModel(ModelOptions.files(model, adapter: nil, hub)).configuration
  }

  private func removeFile(of tuner: Tuner) throws {
    let wasThere = try tuner.reset()
    switch format.format {
    case .text: try Output.results.print(wasThere ? "Removed \(tuner.path).\n" : "There is no \(tuner.path).\n")
    case .json:
      let json: JSON = ["file": .string(tuner.path), "removed": .boolean(wasThere)]
      try Output.results.print(json.text + "\n")
    }
  }
}
