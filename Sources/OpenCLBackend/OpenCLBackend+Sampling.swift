internal import Backend
package import Sampling
internal import Kernels
internal import OpenCL

/// What is kept for each slot, on the device.
package struct DeviceSlots {
  /// (slots, B) the pages that a slot's positions lie in.
  let pages: Buffer<Int32>
  /// B, the most pages of a slot.
  let blocks: Int
  /// (slots) the token last sampled.
  let lastSamples: Buffer<Int32>
  /// (slots) not 0 where the sequence has ended.
  let ended: Buffer<Int32>
  /// (slots, ceil(V/32)) one bit a token.
  let seen: Buffer<UInt32>
  /// The tokens that end a text.
  let endOfText: Buffer<Int32>
  let endOfTextCount: Int
  /// (slots) what is chosen in a step.
  let rows: Buffer<SamplingRow>
  let results: Buffer<SampledToken>
  let vocabularySize: Int
}

/// Tokens that the device is choosing.
package struct DeviceSamples: PendingSamples {
  let read: PendingRead<SampledToken>

  /// Waits for them.
  package func wait() throws -> [SampledToken] { try read.wait() }
}

extension OpenCLBackend {
  /// What `count` slots need.
  package func slots(count: Int, length: Int, vocabularySize: Int, endOfText: [Int32]) throws -> DeviceSlots {
    let context = queue.context
    let blocks = KeyValuePage.count(positions: length)
    let slots = DeviceSlots(
      pages: try Buffer(context, count: count * blocks, zeroed: true), blocks: blocks,
      lastSamples: try Buffer(context, count: count, zeroed: true),
      ended: try Buffer(context, count: count, zeroed: true),
      seen: try Buffer(context, count: count * TokenSet.wordCount(vocabularySize: vocabularySize), zeroed: true),
      endOfText: try Buffer(context, count: endOfText.count), endOfTextCount: endOfText.count,
      rows: try Buffer(context, count: count), results: try Buffer(context, count: count),
      vocabularySize: vocabularySize)
    try queue.enqueueWrite(endOfText, to: slots.endOfText)
    return slots
  }

  /// Says in which pages a slot's positions lie.
  package func setPages(_ pages: [Int32], slot: Int, _ slots: DeviceSlots) throws {
    try queue.enqueueWrite(pages, to: slots.pages, at: slot * slots.blocks)
  }

  /// Chooses a token for each row.
  package func sample(_ logits: DeviceActivations, _ rows: [SamplingRow], _ slots: DeviceSlots) throws -> DeviceSamples
  {
    try sample(logits, rows, slots, byBlocks: rows.count < device.computeUnits)
  }

  /// - Parameter byBlocks: Whether all of the device works on each row, where the family has kernels for that: rows alone
  ///   would leave compute units idle.
  package func sample(
    _ logits: DeviceActivations, _ rows: [SamplingRow], _ slots: DeviceSlots, byBlocks: Bool
  ) throws -> DeviceSamples {
    try queue.enqueueWrite(rows, to: slots.rows)
    if byBlocks, family == .simt {
      try chooseByBlocks(logits, rows, slots)
    } else {
      let group = SamplingKernel.groupSize(family)
      try launcher.run(
        SamplingKernel(.sample, family, team: samplingTeam), global: NDRange(rows.count * group), local: NDRange(group),
        Input(logits.buffer), Input(slots.rows), InputOutput(slots.seen), Input(slots.endOfText),
        Int32(slots.endOfTextCount), Int32(slots.vocabularySize), Int32(logits.stride), Output(slots.lastSamples),
        InputOutput(slots.ended), Output(slots.results))
    }
    return DeviceSamples(read: try queue.enqueueRead(slots.results, count: rows.count))
  }

  /// The kernels of simt/sampling_blocks.cl that some of the rows need.
  private func chooseByBlocks(_ logits: DeviceActivations, _ rows: [SamplingRow], _ slots: DeviceSlots) throws {
    let found = try sampling.room(rows: rows.count, stride: SamplingKernel.foundUnits)
    let group = SamplingKernel.groupSize(family)
    let (ends, vocabulary) = (Int32(slots.endOfTextCount), Int32(slots.vocabularySize))
    func run(_ entry: SamplingKernel.Function) throws {
      try launcher.run(
        SamplingKernel(entry, family, team: samplingTeam), global: NDRange(group * samplingTeam, rows.count),
        local: NDRange(group), Input(logits.buffer), Input(slots.rows), Input(slots.seen), Input(slots.endOfText), ends,
        vocabulary, Int32(logits.stride), Input(slots.ended), InputOutput(found))
    }
    try run(.scan)
    let drawn = rows.filter { !$0.flags.contains(.greedy) }
    if !drawn.isEmpty || rows.contains(where: { $0.flags.contains(.logProbability) }) { try run(.sift) }
    if drawn.contains(where: { $0.hasNucleus(of: slots.vocabularySize) }) { try run(.narrow) }
    try launcher.run(
      SamplingKernel(.choose, family, team: samplingTeam), global: NDRange(group, rows.count), local: NDRange(group),
      Input(logits.buffer), Input(slots.rows), InputOutput(slots.seen), Input(slots.endOfText), ends, vocabulary,
      Int32(logits.stride), Output(slots.lastSamples), InputOutput(slots.ended), Output(slots.results), Input(found))
  }

  /// The first rows of logits, (count, V).
  package func read(_ logits: DeviceActivations, count: Int) throws -> [Float] {
    let padded = try queue.read(logits.buffer, count: count * logits.stride)
    if logits.stride == logits.columns { return padded }
    return (0..<count).flatMap { padded[$0 * logits.stride..<$0 * logits.stride + logits.columns] }
  }

  /// Makes `token` the slot's last sample, of a sequence that goes on.
  package func setLastSample(_ token: Int32, slot: Int, _ slots: DeviceSlots) throws {
    try queue.enqueueWrite([token], to: slots.lastSamples, at: slot)
    try queue.enqueueWrite([0], to: slots.ended, at: slot)
  }

  /// Makes `tokens` the ones that the slot's repetition penalty concerns.
  package func setSeen(_ tokens: TokenSet, slot: Int, _ slots: DeviceSlots) throws {
    try queue.enqueueWrite(tokens.words, to: slots.seen, at: slot * tokens.words.count)
  }
}

extension SamplingRow {
  /// Whether top-p looks for its edge among all tokens, not just among those that top-k leaves.
  fileprivate func hasNucleus(of vocabularySize: Int) -> Bool {
    removedFraction > 0 && (topK == 0 || Int(topK) >= vocabularySize)
  }
}

/// Eight bytes of what the kernels of simt/sampling_blocks.cl find.
struct SamplingUnit: BitwiseCopyable {
  let bits: UInt64
}

/// The kernels of simd/sampling.cl, simt/sampling.cl and simt/sampling_blocks.cl.
struct SamplingKernel: KernelDescriptor {
  enum Function: String {
    /// The only one of the simd family.
    case sample
    /// Those of simt/sampling_blocks.cl, in their order.
    case scan, sift, narrow, choose
  }

  let entry: Function
  let family: KernelFamily
  /// See ``OpenCLBackend/samplingTeam``.
  let team: Int

  init(_ entry: Function, _ family: KernelFamily, team: Int) {
    self.entry = entry
    self.family = family
    self.team = team
  }

  /// A digit of the radix selection in the simt family, one work-item for each of its values.
  private static let digitBits = 8
  /// Tokens that a row's list has room for: of a nucleus of flat logits, the bin at the edge has some thousand.
  private static let list = 8192

  /// Work-items of a work-group.
  static func groupSize(_ family: KernelFamily) -> Int { family == .simd ? 1 : 1 << digitBits }

  /// What is found of a row: 32 bytes a block, its count in 8, its list.
  static let foundUnits = ((32 << digitBits) + 8 + 4 * list) / MemoryLayout<SamplingUnit>.stride

  var source: KernelSource {
    if family == .simd { return .simdSampling }
    return entry == .sample ? .simtSampling : .simtSamplingBlocks
  }
  var function: String { entry.rawValue }
  var definitions: [(name: String, value: String)] {
    if family == .simd { return [] }
    let digit = [("DIGIT_BITS", "\(Self.digitBits)")]
    return entry == .sample ? digit : digit + [("TEAM", "\(team)"), ("LIST", "\(Self.list)")]
  }
}
