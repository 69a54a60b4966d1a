import Testing

@testable import Engine
@testable import Sampling

/// Requests that no engine can compute, as a user of the library may make them.
@Suite struct RequestCheckTests {
  private static let changes: [@Sendable (inout GenerationRequest) -> Void] = [
    { $0.prompt = [] }, { $0.prompt = [1, -1] }, { $0.prompt[0] = 40 }, { $0.samples = 0 }, { $0.samples = -3 },
    { $0.samples = .max }, { $0.newTokens = 0...Int.max }, { $0.newTokens = 0...1_000_000_000 },
    { $0.newTokens = -5 ... -1 }, { $0.newTokens = -5...5 }, { $0.newTokens = 0...0 }, { $0.topLogProbabilities = -1 },
    { $0.topLogProbabilities = 65 }, { $0.beams.count = 0 }, { $0.beams.count = .max },
    { $0.guidance = Guidance(scale: 2, prompt: [1, -1]) }, { $0.guidance = Guidance(scale: 2, prompt: []) },
  ]

  /// The others go on.
  @Test(arguments: changes.indices)
  func oneIsRefusedAlone(_ index: Int) throws {
    var requests = (0..<3).map { GenerationRequest(item: UInt64($0), prompt: [1, 2], newTokens: 0...4) }
    Self.changes[index](&requests[1])
    var tokens = [[Int32]](repeating: [], count: 3)
    var failures: [Int] = []
    _ = try EngineTests.engine(batchSize: 4).run(RequestList(requests), endOfText: EngineTests.endOfText) { event in
      switch event {
      case .token(let token): tokens[token.request].append(token.token)
      case .failed(let request, let error):
        failures.append(request)
        #expect(error is CacheError && "\(error)".hasSuffix("."))
      case .cancelled, .prompt: Issue.record("\(event)")
      }
      return true
    }
    #expect(failures == [1] && tokens[1].isEmpty)
    for item in [0, 2] {
      #expect(try tokens[item] == EngineTests.expected(requests[item], sample: 0).tokens)
    }
  }

  /// Gives requests that are refused, and looks whether anybody keeps them.
  private final class Refused: RequestSource {
    private weak var last: Cancellation?
    private var given = 0
    var kept = 0

    func next(waiting: Bool) -> SuppliedRequest {
      if last != nil { kept += 1 }
      if given == 50 { return .end }
      given += 1
      let cancellation = Cancellation()
      last = cancellation
      return .request(GenerationRequest(prompt: [], newTokens: 0...1, cancellation: cancellation))
    }
  }

  /// A server that is asked for nothing but what does not fit needs no memory for it.
  @Test func whatIsRefusedIsForgotten() throws {
    let source = Refused()
    var failures: [Int] = []
    _ = try EngineTests.engine().run(source) { event in
      if case .failed(let request, _) = event { failures.append(request) }
      return true
    }
    #expect(failures == Array(0..<50) && source.kept == 0)
  }
}
