import Testing

@testable import Engine
@testable import Sampling

/// What tests of the scheduler share.
protocol SchedulerSuite {}

extension SchedulerSuite {
  func request(
    _ item: Int, prompt: Int, samples: Int = 1, newTokens: ClosedRange<Int>, endOfText: [Int32] = []
  ) -> GenerationRequest {
    GenerationRequest(
      item: UInt64(item), prompt: Array(repeating: 1, count: prompt), samples: samples, newTokens: newTokens,
      endOfText: endOfText)
  }

  /// The next plan, which must be there.
  func plan(_ scheduler: inout Scheduler) throws -> Scheduler.Plan {
    let plan = scheduler.plan()
    return try #require(plan)
  }

  /// A scheduler that has taken over as many of the requests as can start, and those that cannot yet.
  func scheduler(
    _ requests: [GenerationRequest], slots: Int, rows: Int, pages: Int = 64, endOfText: [Int32] = []
  ) throws -> (Scheduler, ArraySlice<GenerationRequest>) {
    var scheduler = Scheduler(
      slots: slots, rows: rows, positions: 64 * pages, pages: pages, endOfText: endOfText)
    var rest = requests[...]
    while scheduler.wantsRequest, let request = rest.popFirst() { try scheduler.add(request) }
    return (scheduler, rest)
  }

  func token(_ id: Int32) -> SampledToken { SampledToken(token: id, difference: 0, rawMass: 0) }
}

extension GenerationEvent {
  /// The request that it is about.
  var request: Int {
    switch self {
    case .token(let token): token.request
    case .failed(let request, _), .cancelled(let request), .prompt(let request, _): request
    }
  }
}
