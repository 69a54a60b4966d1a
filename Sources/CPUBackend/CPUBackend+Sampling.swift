package import Backend
package import Sampling

/// The state of each slot.
package final class HostSlots {
  /// (slots) the pages that a slot's positions lie in.
  var pages: [[Int32]]
  /// (slots) the token last sampled.
  var lastSamples: [Int32]
  /// (slots) whether the sequence has ended.
  var ended: [Bool]
  /// (slots) the tokens that the repetition penalty concerns.
  var seen: [TokenSet]
  let endOfText: [Int32]
  let vocabularySize: Int
  var sampler = HostSampler()

  init(count: Int, vocabularySize: Int, endOfText: [Int32]) {
    pages = Array(repeating: [], count: count)
    lastSamples = Array(repeating: 0, count: count)
    ended = Array(repeating: false, count: count)
    seen = Array(repeating: TokenSet(vocabularySize: vocabularySize), count: count)
    self.endOfText = endOfText
    self.vocabularySize = vocabularySize
  }
}

extension CPUBackend {
  /// The state of `count` slots.
  package func slots(count: Int, length: Int, vocabularySize: Int, endOfText: [Int32]) throws -> HostSlots {
    HostSlots(count: count, vocabularySize: vocabularySize, endOfText: endOfText)
  }

  /// Says in which pages a slot's positions lie.
  package func setPages(_ pages: [Int32], slot: Int, _ slots: HostSlots) throws { slots.pages[slot] = pages }

  /// Chooses a token for each row.
  package func sample(_ logits: HostActivations, _ rows: [SamplingRow], _ slots: HostSlots) throws -> Pending<
    [SampledToken]
  > {
    let tokens = rows.map { row in
      let slot = Int(row.slot)
      guard !slots.ended[slot] || row.flags.contains(.starts) else {
        return SampledToken(token: SampledToken.ended, difference: 0, rawMass: 0)
      }
      let result = slots.sampler.result(
        UnsafeBufferPointer(start: logits.row(Int(row.logitsRow)), count: logits.columns), row: row,
        seen: slots.seen[slot], endOfText: slots.endOfText)
      slots.lastSamples[slot] = max(result.token, 0)
      slots.seen[slot].insert(result.token)
      slots.ended[slot] = result.token < 0 || row.flags.contains(.ends) && slots.endOfText.contains(result.token)
      return result
    }
    return Pending { tokens }
  }

  /// Some rows of logits.
  package func read(_ logits: HostActivations, rows: [Int]) throws -> Pending<[Float]> {
    let values = rows.flatMap { UnsafeBufferPointer(start: logits.row($0), count: logits.columns) }
    return Pending { values }
  }

  /// Makes tokens their slots' last samples, of sequences that go on.
  package func setLastSamples(_ samples: [(slot: Int, token: Int32)], _ slots: HostSlots) throws {
    for (slot, token) in samples {
      slots.lastSamples[slot] = token
      slots.ended[slot] = false
    }
  }

  /// Makes `tokens` the ones that the slot's repetition penalty concerns.
  package func setSeen(_ tokens: TokenSet, slot: Int, _ slots: HostSlots) throws { slots.seen[slot] = tokens }
}
