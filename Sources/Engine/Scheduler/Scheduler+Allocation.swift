internal import Backend

extension Scheduler {
  /// The request whose samples do not all have slots.
  struct Waiting {
    let request: InFlightRequest
    /// Those that have none.
    var samples: Range<Int>
    /// Full pages of the prompt that earlier samples compute, kept for these.
    var prompt: [Int32] = []
  }

  /// Gives free slots and pages to the request that waits: to as many of its samples as can have them.
  ///
  /// The first computes the prompt, the others share its full pages. Samples that come later compute what is left
  /// behind the full pages that were kept for them.
  mutating func allocate() {
    guard var waiting else { return }
    let request = waiting.request.request
    if let guidance = request.guidance {
      allocateGuided(waiting.request, guidance, &waiting.samples)
      self.waiting = waiting.samples.isEmpty ? nil : waiting
      return
    }
    let blocks = KeyValuePage.count(positions: request.positions)
    let full = request.prompt.count / KeyValuePage.length
    let (leader, follower) = (blocks - waiting.prompt.count, blocks - full)
    let room = pool.freeCount - leader
    guard !freeSlots.isEmpty, room >= 0 else { return }
    let samples = waiting.samples.prefix(min(freeSlots.count, 1 + (follower > 0 ? room / follower : .max - 1)))
    if request.beams.count > 1, samples.count < waiting.samples.count { return }

    let slots = samples.map { _ in freeSlots.removeLast() }
    pool.retain(waiting.prompt)
    let first = waiting.prompt + pool.allocate(leader)
    let pages = slots.indices.map { index in
      if index == 0 { return first }
      pool.retain(first[..<full])
      return first[..<full] + pool.allocate(follower)
    }
    prefilling.append(
      Group(
        request: waiting.request, samples: samples, slots: slots, pages: pages,
        progress: waiting.prompt.count * KeyValuePage.length))

    waiting.samples.removeFirst(samples.count)
    if waiting.samples.isEmpty {
      pool.release(waiting.prompt)
      self.waiting = nil
    } else {
      if waiting.prompt.isEmpty {  // a token at least is left to compute, for its logits
        waiting.prompt = Array(first[..<((request.prompt.count - 1) / KeyValuePage.length)])
        pool.retain(waiting.prompt)
      }
      self.waiting = waiting
    }
  }
}
