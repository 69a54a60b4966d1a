@testable import Backend
import Testing

@testable import Engine
@testable import Sampling

/// How plans share the pages of the key-value cache.
@Suite struct SchedulerPageTests: SchedulerSuite {
  /// The one that waits for pages lets the others go on, and is not overtaken by one that would fit.
  @Test func theBatchGoesOnWhileOneWaitsForPages() throws {
    var (scheduler, rest) = try scheduler(
      [
        request(0, prompt: 60, newTokens: 0...9), request(1, prompt: 100, newTokens: 0...40),
        request(2, prompt: 1, newTokens: 0...1),
      ], slots: 3, rows: 200, pages: 4)
    // Two pages for the first, of which three remain for nobody but the second, which needs three.
    #expect(rest.count == 1 && !scheduler.wantsRequest)
    var sizes: [Int] = []
    for _ in 0..<9 {
      let plan = try plan(&scheduler)
      sizes.append(plan.step.rows.count)
      _ = scheduler.commit(plan, plan.draws.map { _ in token(0) })
    }
    #expect(sizes == [60, 1, 1, 1, 1, 1, 1, 1, 1])
    let next = try plan(&scheduler)
    #expect(next.step.rows.count == 100 && next.admissions.first?.pages.count == 3 && scheduler.wantsRequest)
    try scheduler.add(#require(rest.first))
    #expect(try plan(&scheduler).step.rows.count == 2)
  }

  /// Samples share the pages that their prompt fills, and have the one where it ends to themselves; those that find a
  /// slot later compute no more than its last, unfinished page anew.
  @Test func samplesShareTheirPromptsPages() throws {
    var (scheduler, _) = try scheduler(
      [request(0, prompt: 150, samples: 4, newTokens: 0...20)], slots: 3, rows: 200)
    let first = try plan(&scheduler)
    #expect(first.step.rows.count == 150 && first.draws.count == 3)
    let tables = first.admissions.map(\.pages)
    #expect(tables.allSatisfy { $0.count == 3 && $0[..<2] == tables[0][..<2] } && Set(tables.map { $0[2] }).count == 3)
    #expect(first.forks.map(\.from) == [tables[0][2]] && first.forks[0].to == [tables[1][2], tables[2][2]])
    #expect(scheduler.pool.freeCount == 64 - 5)

    let outcomes = scheduler.commit(first, [token(0), token(0), token(0)])
    scheduler.end(outcomes[0].sequence)
    let second = try plan(&scheduler)
    #expect(second.step.rows.count == 2 + 22 && second.admissions[0].pages[..<2] == tables[0][..<2])
    for owner in scheduler.owners { if let owner { scheduler.end(owner.id) } }
    #expect(scheduler.isIdle && scheduler.pool.freeCount == 64)
  }

  /// A request that is cancelled frees all that it holds: running sequences, a prompt in chunks, and samples that wait.
  @Test(arguments: 0..<4)
  func cancelledRequestsFreeTheirSlotsAndPages(_ steps: Int) throws {
    var request = self.request(0, prompt: 150, samples: 5, newTokens: 0...20)
    let cancellation = Cancellation()
    request.cancellation = cancellation
    var (scheduler, _) = try scheduler([request], slots: 3, rows: 60)
    var last: Scheduler.Plan?
    for _ in 0..<steps {  // three for the prompt
      if let plan = last { _ = scheduler.commit(plan, plan.draws.map { _ in token(0) }) }
      last = try plan(&scheduler)
    }
    #expect(scheduler.endCancelled().isEmpty && !scheduler.isIdle)
    cancellation.cancel()
    #expect(scheduler.endCancelled() == [0])
    #expect(scheduler.isIdle && scheduler.wantsRequest && scheduler.pool.freeCount == 64)
    // The tokens of the step in flight are nobody's.
    if let last { #expect(scheduler.commit(last, last.draws.map { _ in token(0) }).isEmpty) }
    #expect(scheduler.endCancelled().isEmpty)
  }

  /// A request that could never start is refused with numbers that a person can act on.
  @Test func requestsLargerThanTheCacheAreRefused() throws {
    var scheduler = Scheduler(slots: 2, rows: 9, positions: 640, pages: 3)
    let error = #expect(throws: CacheError.self) { try scheduler.add(request(0, prompt: 150, newTokens: 0...44)) }
    #expect(
      error?.description == "A prompt of 150 tokens and 44 new ones need 193 positions in 4 pages of the key-value "
        + "cache, but a sequence can have 640, and there are 3 pages: shorten the prompt, or ask for fewer new tokens.")
    try scheduler.add(request(0, prompt: 150, newTokens: 0...43))
    #expect(scheduler.isIdle == false)
  }
}
