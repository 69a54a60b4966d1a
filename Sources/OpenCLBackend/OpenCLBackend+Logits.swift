package import Backend
package import Sampling
internal import OpenCL

extension OpenCLBackend {
  /// The state of `count` slots.
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
  package func sample(_ logits: DeviceActivations, _ rows: [SamplingRow], _ slots: DeviceSlots) throws -> Pending<
    [SampledToken]
  > {
    try sample(logits, rows, slots, byBlocks: rows.count < device.computeUnits)
  }

  /// - Parameter byBlocks: Whether all of the device works on each row, where the family has kernels for that: rows
  ///   alone would leave compute units idle.
  package func sample(
    _ logits: DeviceActivations, _ rows: [SamplingRow], _ slots: DeviceSlots, byBlocks: Bool
  ) throws -> Pending<[SampledToken]> {
    try queue.enqueueWrite(rows, to: slots.rows)
    try kernels.sample(logits, rows, slots, byBlocks: byBlocks)
    let read = try queue.enqueueRead(slots.results, count: rows.count)
    return Pending { try read.wait() }
  }

  /// The log-probability of one token for each of the first rows of logits.
  package func score(_ logits: DeviceActivations, targets: [Int32]) throws -> Pending<[TokenScore]> {
    // Made anew each time: small, and the driver keeps them until the commands that use them are done.
    let tokens = try Buffer<Int32>(queue.context, count: targets.count, access: .readOnly)
    let scores = try Buffer<TokenScore>(queue.context, count: targets.count)
    try queue.enqueueWrite(targets, to: tokens)
    try kernels.score(logits, targets: tokens, into: scores)
    let read = try queue.enqueueRead(scores)
    return Pending { try read.wait() }
  }

  /// The first rows of logits, (count, V).
  package func read(_ logits: DeviceActivations, count: Int) throws -> [Float] {
    let padded = try queue.read(logits.floats, count: count * logits.stride)
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
