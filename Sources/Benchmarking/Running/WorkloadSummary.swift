internal import Engine
internal import OpenCLBackend
import GPT2

/// Collects the repeats of one workload.
struct WorkloadSummary {
  private let cost: ModelCost
  /// Positions that all rows of prompts see, and those that the rows after the first token see.
  private let positions: (prefill: Int, decode: Int)
  /// Positions of prompts.
  private let promptTokens: Int
  private var prefill = Rates()
  private var decode = Rates()
  private var endToEnd: [Double] = []
  private var firstTokens: [Double] = []
  private var steps: [Double] = []
  private var hashes: [String] = []
  private var deviceMemory: Int?
  var profile: [KernelProfile.Share] = []

  /// A phase's rates, of every repeat.
  private struct Rates {
    var tokens: [Double] = []
    var bytes: [Double] = []
    var operations: [Double] = []

    mutating func add(tokens: Double, bytes: Double, operations: Double, in time: Duration) {
      let seconds = time / .seconds(1)
      guard seconds > 0, tokens > 0 else { return }
      self.tokens.append(tokens / seconds)
      self.bytes.append(bytes / seconds)
      self.operations.append(operations / seconds)
    }

    var result: PhaseResult? {
      tokens.isEmpty
        ? nil
        : PhaseResult(
          tokensPerSecond: Sample(tokens), bytesPerSecond: Sample(bytes), operationsPerSecond: Sample(operations))
    }
  }

  init(_ items: [WorkloadItem], _ cost: ModelCost) {
    self.cost = cost
    promptTokens = items.reduce(0) { $0 + $1.prompt.count }
    let prefill = items.reduce(0) { $0 + $1.prompt.count * ($1.prompt.count + 1) / 2 }
    // The n-th new token stands at position prompt + n - 1; the last is never taken in.
    let decode = items.reduce(0) { $0 + ($1.newTokens - 1) * $1.prompt.count + ($1.newTokens - 1) * $1.newTokens / 2 }
    positions = (prefill, decode)
  }

  /// Adds a repeat: the engine alone, and end to end.
  mutating func add(engine: WorkloadRun, endToEnd run: WorkloadRun) {
    let (source, statistics) = (engine.source, engine.statistics)
    prefill.add(
      tokens: source.prefill.rows,
      bytes: cost.weightTraffic(passes: source.prefill.passes, headPasses: source.prefill.headPasses)
        + cost.cacheTraffic(positions: promptTokens),
      operations: cost.operations(
        rows: source.prefill.rows, outputs: source.prefill.outputs, positions: positions.prefill),
      in: statistics.prefillTime)
    decode.add(
      tokens: source.decode.rows,
      bytes: cost.weightTraffic(passes: source.decode.passes, headPasses: source.decode.headPasses)
        + cost.cacheTraffic(positions: positions.decode),
      operations: cost.operations(
        rows: source.decode.rows, outputs: source.decode.outputs, positions: positions.decode),
      in: statistics.decodeTime)
    endToEnd.append(Double(run.newTokens) / max(run.total / .seconds(1), 1e-9))
    firstTokens.append(Sample.percentile(50, of: run.firstTokens.map { $0 / .seconds(1) }))
    steps += source.decodeSteps.map { $0 / .seconds(1) }
    hashes += [engine.hash, run.hash]
    deviceMemory = engine.deviceMemory
  }

  /// The measurement of all repeats.
  ///
  /// - Throws: ``NothingMeasured`` where the clock did not move.
  func measurement() throws -> BenchRow.Measurement {
    guard let prefill = prefill.result else { throw NothingMeasured() }
    return BenchRow.Measurement(
      prefill: prefill, decode: decode.result, endToEnd: PhaseResult(tokensPerSecond: Sample(endToEnd)),
      firstToken: Sample(firstTokens), steps: steps, deviceMemory: deviceMemory,
      hostMemory: HostMachine.peakMemory(), hash: hashes[0], isReproduced: Set(hashes).count == 1, profile: profile)
  }
}

/// The workload was too short for the clock.
struct NothingMeasured: Error, CustomStringConvertible {
  let description = "The work is too short to be timed."
}
