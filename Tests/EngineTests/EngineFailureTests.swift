import OpenCL
import TestSupport
import Testing

@testable import Engine

/// The engine on a device that fails.
@Suite struct EngineFailureTests {
  private func requests(_ count: Int) -> [GenerationRequest] {
    (0..<count).map { item in
      GenerationRequest(
        item: UInt64(item), prompt: (0..<Int32(1 + item * 17 % 90)).map { $0 % 40 }, samples: 1 + item % 3,
        newTokens: 0...(3 + item % 5))
    }
  }

  /// Runs requests; returns their tokens, and how many texts were written together after each shortage.
  private func run(
    _ requests: [GenerationRequest], on engine: Engine<MockBackend>
  ) throws -> (tokens: [[[Int32]]], shortages: [Int]) {
    var tokens = requests.map { Array(repeating: [Int32](), count: $0.samples) }
    var shortages: [Int] = []
    engine.onMemoryShortage = { shortages.append($0.now) }
    try engine.run(requests, endOfText: EngineTests.endOfText) { token in
      tokens[token.request][token.sample].append(token.token)
      return true
    }
    return (tokens, shortages)
  }

  /// Memory that is not there makes fewer sequences run together, and changes no token.
  @Test(arguments: [false, true], [1, 2, 3, 8, 16, 47])
  func lessMemoryIsTaken(refusesLate: Bool, pages: Int) throws {
    let requests = requests(12)
    let wanted = try run(requests, on: EngineTests.engine(batchSize: 16))
    #expect(wanted.shortages.isEmpty)
    let backend = MockBackend()
    backend.realPages = (pages, refusesLate)
    let engine = try EngineTests.engine(backend, promptChunk: 50, batchSize: 16)
    if pages < 2 {  // the longest needs two
      #expect(throws: OpenCLError.self) { try run(requests, on: engine) }
      return
    }
    for _ in 0..<2 {
      let found = try run(requests, on: engine)
      #expect(found.tokens == wanted.tokens)
      // Two pages for each of 16 sequences were asked for.
      #expect(found.shortages.isEmpty == (pages >= 32))
      #expect(found.shortages == found.shortages.sorted(by: >))
    }
  }

  /// Whichever step fails: earlier tokens are there, and memory is tried once more only before any were.
  @Test func theStepBeforeIsNotLost() throws {
    let requests = requests(6)
    let wanted = try run(requests, on: EngineTests.engine(batchSize: 4)).tokens
    var step = 0
    while true {
      let backend = MockBackend()
      backend.brokenStep = step
      let engine = try EngineTests.engine(backend, batchSize: 4)
      engine.onMemoryShortage = { _ in }
      var tokens = requests.map { Array(repeating: [Int32](), count: $0.samples) }
      var waits = 0
      do {
        try engine.run(requests, endOfText: EngineTests.endOfText) { token in
          tokens[token.request][token.sample].append(token.token)
          return true
        }
      } catch is OpenCLError {
        waits = backend.events.count { $0 == .wait }
        // Every step before the broken one was waited for, and its tokens handed out.
        #expect(waits == step)
        for (found, wanted) in zip(tokens.joined(), wanted.joined()) { #expect(wanted.starts(with: found)) }
      }
      if step == 0 || waits == 0 { #expect(tokens == wanted) }
      if step > 0 && waits == 0 { return }
      step += 1
    }
  }

  /// Requests are given again where memory is missing, but the end of one is told once.
  @Test func endsAreToldOnce() throws {
    let backend = MockBackend()
    backend.realPages = (3, true)
    let engine = try EngineTests.engine(backend, batchSize: 16)
    var shortages = 0
    engine.onMemoryShortage = { _ in shortages += 1 }
    let cancellation = Cancellation()
    cancellation.cancel()
    var requests = requests(12)
    for index in [2, 4] { requests[index].cancellation = cancellation }
    var ends: [Int] = []
    _ = try engine.run(RequestList(requests), endOfText: EngineTests.endOfText) { event in
      switch event {
      case .cancelled(let request), .failed(let request, _): ends.append(request)
      case .token, .prompt: break
      }
      return true
    }
    #expect(shortages > 0 && ends.sorted() == [2, 4])
  }

  @Test func whoDoesNotListenGetsTheError() throws {
    let backend = MockBackend()
    backend.realPages = (3, true)
    #expect(throws: OpenCLError.self) {
      try EngineTests.engine(backend, batchSize: 16).run(requests(12)) { _ in true }
    }
  }

  @Test func limitsAreHalvedToTheLeast() {
    var limits = Session<MockBackend>.Limits(
      slots: 37, length: 100, rows: 1024, outputs: 37, endOfText: [], pages: 74)
    var count = 0
    while let less = limits.halved(together: 1) {
      #expect(less.slots < limits.slots || less.pages < limits.pages || less.rows < limits.rows)
      #expect(less.pages >= 2 && less.rows >= less.slots && less.outputs == less.slots)
      limits = less
      count += 1
    }
    #expect(limits.slots == 1 && limits.pages == 2 && limits.rows == 32 && count < 10)
  }
}
