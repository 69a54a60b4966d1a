internal import Sampling
internal import Backend
internal import OpenCLBackend
import ArgumentParser
import Benchmarking
import GPT2
import OpenCL

/// Values that a sweep runs through, separated by commas.
struct CommaList<Element: ExpressibleByArgument & Sendable>: ExpressibleByArgument, Sendable {
  let values: [Element]

  init(_ values: [Element]) { self.values = values }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    values = parts.compactMap { Element(argument: String($0)) }
    if values.isEmpty || values.count < parts.count { return nil }
  }

  var defaultValueDescription: String { values.map(\.defaultValueDescription).joined(separator: ",") }
  static var allValueStrings: [String] { Element.allValueStrings }
}

extension TokenRange: ExpressibleByArgument {
  /// Reads `32`, `1k` or `4-128`.
  public init?(argument: String) {
    let ends = argument.split(separator: "-", omittingEmptySubsequences: false).map {
      Count(argument: String($0))?.value
    }
    guard (1...2).contains(ends.count), let lower = ends[0], let upper = ends[ends.count - 1], 0 < lower, lower <= upper
    else { return nil }
    self.init(lower...upper)
  }

  /// As it is written.
  public var defaultValueDescription: String { description }
}

/// The sweep of a benchmark.
struct BenchSweepOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Devices by number, part of a name, or cpu; all for every one there is, cpu too (default: as in 'generate').",
      valueName: "0,cpu|all"))
  var device: String?
  @Option(help: ArgumentHelp("How weights are stored.", valueName: "fp16,fp32"))
  var precision = CommaList<Automatic<Precision>>([Automatic()])
  @Option(help: "The kernels to run, for comparisons; auto goes by the device.")
  var kernels = Automatic<KernelFamily>()

  @Option(parsing: .unconditional, help: ArgumentHelp("Sequences decoded together.", valueName: "1,8,32"))
  var batch = CommaList([Count(1)])
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Tokens of each prompt; 4-128 draws from a range.", valueName: "32,512"))
  var promptTokens = CommaList([TokenRange(32...32)])
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Tokens written after each prompt; 8-200 draws from a range.", valueName: "128"))
  var newTokens = CommaList([TokenRange(128...128)])
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Sequences in all (default: as many as are decoded together).", valueName: "count"))
  var items: Count?

  @Option(
    name: .customLong("repeat"), parsing: .unconditional,
    help: ArgumentHelp("Measurements of each combination.", valueName: "count"))
  var repeats = Count(5)
  @Option(parsing: .unconditional, help: ArgumentHelp("Runs before the first measurement.", valueName: "count"))
  var warmUp = Count(1)
  @Flag(help: "Take the likeliest token, instead of drawing by top-k 50 and top-p 0.95.")
  var greedy = false
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The key of prompts and draws.", valueName: "number"),
    transform: seedNumber)
  var seed: UInt64 = 0
  @Flag(
    help: """
      Time each kernel too, in one more run, where the operations of a block are launched one by one; slows the others \
      down a little.
      """)
  var profile = false

  /// The devices, each once.
  func devices() throws -> [ComputeDevice] {
    guard let named = EnvironmentDefault.device.value(unless: device) else {
      let found = try DeviceSelection.automatic.resolve()
      if found.isCPU { Output.notice("There is no OpenCL device, so the CPU computes without OpenCL.") }
      return [found]
    }
    return try EnvironmentDefault.device.naming(unless: device) {
      try DeviceSelection.resolve(list: named, allIncludesCPU: true)
    }
  }

  /// The sweep.
  func sweep(on devices: [ComputeDevice]) -> Sweep {
    var sweep = Sweep(devices: devices)
    sweep.precisions = precision.values.map(\.value)
    sweep.batches = batch.values.map(\.value)
    sweep.promptTokens = promptTokens.values
    sweep.newTokens = newTokens.values
    sweep.items = items?.value
    sweep.repeats = repeats.value
    sweep.warmUps = warmUp.value
    sweep.family = kernels.value
    sweep.sampling.doSample = !greedy
    if !greedy { (sweep.sampling.topK, sweep.sampling.topP) = (50, 0.95) }
    sweep.seed = seed
    sweep.profiles = profile
    return sweep
  }
}

/// The output of the results.
struct BenchOutputOptions: ParsableArguments {
  /// How results are printed.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    /// A short table, at the end.
    case text
    /// A table in Markdown with everything, at the end.
    case md
    /// One document, at the end.
    case json
    /// A document a row, as each is done.
    case jsonl
    /// Comma-separated values, as each row is done.
    case csv
  }

  @Option(name: .customLong("format"), help: "How to print results (default: text on a terminal, md elsewhere).")
  var form: Format?
  @Option(help: ArgumentHelp("Also write a report with charts, one self-contained page.", valueName: "file.html"))
  var report: String?
  @Flag(help: "Say what runs, even where standard error is no terminal.")
  var progress = false

  /// How results are printed.
  var format: Format { form ?? (Output.results.isTerminal ? .text : .md) }
  var showsProgress: Bool { progress || Output.isTerminal }
}
