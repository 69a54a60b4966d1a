internal import Backend
internal import OpenCLBackend
internal import Sampling

/// The choice of a token for one row of logits, or a few.
struct SamplingTrial: TuningTrial {
  private let backend: OpenCLBackend
  private let slots: DeviceSlots
  private let logits: DeviceActivations
  private var seen: TokenSet
  /// What is timed: top-k and top-p.
  private let timed: SamplingRow
  /// What is compared: a row for each way to choose.
  private let all: [SamplingRow]

  init(_ bench: OperationBench<OpenCLBackend>, vocabulary: Int) throws {
    backend = bench.backend
    var parameters = SamplingParameters()
    (parameters.doSample, parameters.topK, parameters.topP) = (true, 50, 0.95)
    let settings = OperationBench<OpenCLBackend>.settings.map(\.parameters)
    var numbers = SampleNumbers(seed: vocabulary)
    slots = try backend.slots(count: settings.count, length: 1, vocabularySize: vocabulary, endOfText: [0])
    logits = try bench.activations(numbers.rows(settings.count, vocabulary, scale: 2))
    timed = SamplingRow(parameters, draw: numbers.next())
    seen = TokenSet(vocabularySize: vocabulary)
    seen.formUnion((0..<vocabulary / 3).map { Int32($0 * 3) })
    all = settings.enumerated().map { index, setting in
      SamplingRow(
        setting, draw: numbers.next(), logitsRow: UInt32(index), slot: UInt32(index), wantsLogProbability: true,
        starts: true)
    }
  }

  func enqueue(round: Int) throws { _ = try backend.sample(logits, [timed], slots, byBlocks: true) }

  func numbers() throws -> [[UInt32]] {
    // A penalty concerns what was chosen before.
    for slot in all.indices { try backend.setSeen(seen, slot: slot, slots) }
    return try backend.sample(logits, all, slots, byBlocks: true).wait().map {
      [
        UInt32(bitPattern: $0.token), $0.difference.bitPattern, UInt32(truncatingIfNeeded: $0.rawMass),
        UInt32(truncatingIfNeeded: $0.rawMass >> 32),
      ]
    }
  }
}
