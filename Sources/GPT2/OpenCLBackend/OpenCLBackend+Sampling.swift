internal import OpenCL

/// What is kept for each slot, on the device.
public struct DeviceSlots {
  /// (slots) the token last sampled.
  let lastSamples: Buffer<Int32>
  /// (slots, ceil(V/32)) one bit a token.
  let seen: Buffer<UInt32>
  /// The tokens that end a text.
  let endOfText: [Int32]
  let vocabularySize: Int
}

/// Tokens chosen.
public struct DeviceSamples: PendingSamples {
  let tokens: [SampledToken]

  /// The tokens.
  public func wait() throws -> [SampledToken] { tokens }
}

extension OpenCLBackend {
  /// What `count` slots need.
  public func slots(count: Int, vocabularySize: Int, endOfText: [Int32]) throws -> DeviceSlots {
    DeviceSlots(
      lastSamples: try Buffer(queue.context, count: count, zeroed: true),
      seen: try Buffer(
        queue.context, count: count * TokenSet.wordCount(vocabularySize: vocabularySize), zeroed: true),
      endOfText: endOfText, vocabularySize: vocabularySize)
  }

  /// Chooses a token for each row.
  public func sample(_ logits: DeviceActivations, _ rows: [SamplingRow], _ slots: DeviceSlots) throws -> DeviceSamples {
    var sampler = HostSampler()
    let all = try read(logits, count: step.outputCount)
    let tokens = try rows.map { row in
      try all.withUnsafeBufferPointer { all in
        let start = Int(row.logitsRow) * logits.columns
        return try sampler.sample(
          UnsafeBufferPointer(rebasing: all[start..<start + logits.columns]), row: row,
          seen: TokenSet(vocabularySize: slots.vocabularySize), endOfText: slots.endOfText)
      }
    }
    for (row, token) in zip(rows, tokens) { try setLastSample(token.token, slot: Int(row.slot), slots) }
    return DeviceSamples(tokens: tokens)
  }

  /// The first rows of logits, (count, V).
  public func read(_ logits: DeviceActivations, count: Int) throws -> [Float] {
    let padded = try queue.read(logits.buffer, count: count * logits.stride)
    if logits.stride == logits.columns { return padded }
    return (0..<count).flatMap { padded[$0 * logits.stride..<$0 * logits.stride + logits.columns] }
  }

  /// Makes `token` the slot's last sample.
  public func setLastSample(_ token: Int32, slot: Int, _ slots: DeviceSlots) throws {
    try queue.enqueueWrite([token], to: slots.lastSamples, at: slot)
  }

  /// Makes `tokens` the ones that the slot's repetition penalty concerns.
  public func setSeen(_ tokens: TokenSet, slot: Int, _ slots: DeviceSlots) throws {
    try queue.enqueueWrite(tokens.words, to: slots.seen, at: slot * tokens.words.count)
  }
}
