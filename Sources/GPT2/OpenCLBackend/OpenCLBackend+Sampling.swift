internal import Kernels
internal import OpenCL

/// What is kept for each slot, on the device.
public struct DeviceSlots {
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
public struct DeviceSamples: PendingSamples {
  let read: PendingRead<SampledToken>

  /// Waits for them.
  public func wait() throws -> [SampledToken] { try read.wait() }
}

extension OpenCLBackend {
  /// What `count` slots need.
  public func slots(count: Int, length: Int, vocabularySize: Int, endOfText: [Int32]) throws -> DeviceSlots {
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
  public func setPages(_ pages: [Int32], slot: Int, _ slots: DeviceSlots) throws {
    try queue.enqueueWrite(pages, to: slots.pages, at: slot * slots.blocks)
  }

  /// Chooses a token for each row.
  public func sample(_ logits: DeviceActivations, _ rows: [SamplingRow], _ slots: DeviceSlots) throws -> DeviceSamples {
    try queue.enqueueWrite(rows, to: slots.rows)
    let group = SamplingKernel.groupSize(family)
    try launcher.run(
      SamplingKernel(family: family), global: NDRange(rows.count * group), local: NDRange(group), Input(logits.buffer),
      Input(slots.rows), InputOutput(slots.seen), Input(slots.endOfText), Int32(slots.endOfTextCount),
      Int32(slots.vocabularySize),
      Int32(logits.stride), Output(slots.lastSamples), InputOutput(slots.ended), Output(slots.results))
    return DeviceSamples(read: try queue.enqueueRead(slots.results, count: rows.count))
  }

  /// The first rows of logits, (count, V).
  public func read(_ logits: DeviceActivations, count: Int) throws -> [Float] {
    let padded = try queue.read(logits.buffer, count: count * logits.stride)
    if logits.stride == logits.columns { return padded }
    return (0..<count).flatMap { padded[$0 * logits.stride..<$0 * logits.stride + logits.columns] }
  }

  /// Makes `token` the slot's last sample, of a sequence that goes on.
  public func setLastSample(_ token: Int32, slot: Int, _ slots: DeviceSlots) throws {
    try queue.enqueueWrite([token], to: slots.lastSamples, at: slot)
    try queue.enqueueWrite([0], to: slots.ended, at: slot)
  }

  /// Makes `tokens` the ones that the slot's repetition penalty concerns.
  public func setSeen(_ tokens: TokenSet, slot: Int, _ slots: DeviceSlots) throws {
    try queue.enqueueWrite(tokens.words, to: slots.seen, at: slot * tokens.words.count)
  }
}

/// The kernels of sampling_panel.cl and sampling_workgroup.cl.
struct SamplingKernel: KernelDescriptor {
  let family: KernelFamily

  /// A digit of the radix selection in the workgroup family, one work-item for each of its values.
  private static let digitBits = 8

  /// Work-items that share a row.
  static func groupSize(_ family: KernelFamily) -> Int { family == .panel ? 1 : 1 << digitBits }

  var sources: [KernelSource] { [family == .panel ? .samplingPanel : .samplingWorkgroup] }
  var function: String { "sample" }
  var definitions: [(name: String, value: String)] {
    family == .panel ? [] : [("DIGIT_BITS", "\(Self.digitBits)")]
  }
}
