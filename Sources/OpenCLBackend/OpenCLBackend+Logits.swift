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

  /// How likely tokens are by some rows of logits.
  package func score(_ logits: DeviceActivations, _ rows: [ScoreRow], top: Int) throws -> Pending<[TokenScore]> {
    // Made anew each time: small, and the driver keeps them until the commands that use them are done.
    let wordCount = TokenScore.wordCount(top: top)
    let wanted = try Buffer<ScoreRow>(queue.context, count: rows.count, access: .readOnly)
    let words = try Buffer<UInt64>(queue.context, count: rows.count * wordCount)
    try queue.enqueueWrite(rows, to: wanted)
    try kernels.score(logits, wanted, top: top, into: words)
    let read = try queue.enqueueRead(words)
    return Pending {
      let words = try read.wait()
      return rows.indices.map { TokenScore(words: words[$0 * wordCount..<($0 + 1) * wordCount]) }
    }
  }

  /// Some rows of logits, (rows, V): adjacent ones in one transfer.
  package func read(_ logits: DeviceActivations, rows: [Int]) throws -> Pending<[Float]> {
    let floats = try logits.floats
    let (stride, columns) = (logits.stride, logits.columns)
    let reads = try rows.adjacent(by: \.self).map { rows in
      let count = (rows.count - 1) * stride + columns
      return (rows: rows.count, read: try queue.enqueueRead(floats, at: rows[rows.startIndex] * stride, count: count))
    }
    return Pending {
      // 13 MB for 64 rows: an array that grew would be copied, and its pages touched, twice.
      var values: [Float] = []
      values.reserveCapacity(rows.count * columns)
      for (rows, read) in reads {
        try read.wait { floats in
          for row in 0..<rows { values.append(contentsOf: floats[row * stride..<row * stride + columns]) }
        }
      }
      return values
    }
  }

  /// Makes tokens their slots' last samples, of sequences that go on: of adjacent slots in one transfer.
  package func setLastSamples(_ samples: [(slot: Int, token: Int32)], _ slots: DeviceSlots) throws {
    for samples in samples.sorted(by: { $0.slot < $1.slot }).adjacent(by: \.slot) {
      let start = samples[samples.startIndex].slot
      try queue.enqueueWrite(samples.map(\.token), to: slots.lastSamples, at: start)
      try queue.enqueueWrite(samples.map { _ in 0 }, to: slots.ended, at: start)
    }
  }

  /// Makes `tokens` the ones that the slot's repetition penalty concerns.
  package func setSeen(_ tokens: TokenSet, slot: Int, _ slots: DeviceSlots) throws {
    try queue.enqueueWrite(tokens.words, to: slots.seen, at: slot * tokens.words.count)
  }
}

extension Array {
  /// The longest pieces in which each element's number follows the number of the one before.
  fileprivate func adjacent(by number: (Element) -> Int) -> [ArraySlice<Element>] {
    var pieces: [ArraySlice<Element>] = []
    var start = 0
    for index in indices where index + 1 == count || number(self[index + 1]) != number(self[index]) + 1 {
      pieces.append(self[start...index])
      start = index + 1
    }
    return pieces
  }
}
