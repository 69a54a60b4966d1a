import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Sampling

/// Beams on a mock model, among other requests: the texts are those of a search that recomputes everything.
@Suite struct BeamEngineTests {
  private static let vocabularySize = EngineTests.vocabularySize

  /// A text and its score.
  private struct Text: Equatable {
    var tokens: [Int32] = []
    var score = 0.0
    var finish: FinishReason?
  }

  /// The tokens that would repeat an n-gram or complete a bad word, by looking at all.
  private static func banned(_ sampling: SamplingParameters, after history: [Int32]) -> Set<Int32> {
    Set(
      (0..<Int32(vocabularySize)).filter { token in
        let (text, size) = (history + [token], sampling.noRepeatNgramSize)
        let repeats =
          size > 0 && text.count > size
          && (0..<(text.count - size)).contains { text[$0..<($0 + size)] == text.suffix(size) }
        return repeats || sampling.badWords.contains { text.suffix($0.count) == $0[...] }
      })
  }

  /// By the definition: every token of every beam, with the whole history for each.
  private static func expected(_ request: GenerationRequest, endOfText: [Int32]) -> [Text] {
    let (count, most) = (request.beams.count, request.newTokens.upperBound)
    let ends = request.ignoresEndOfText ? [] : endOfText
    var running = [(tokens: [Int32](), score: 0.0)]
    var ended: [Text] = []
    for length in 1...most {
      var all: [(tokens: [Int32], score: Double)] = []
      for beam in running {
        let history = request.prompt + beam.tokens
        let logits = MockBackend.logits(after: history, vocabularySize: vocabularySize).map(Double.init)
        let normalizer = log(logits.reduce(0) { $0 + exp($1) })
        let banned = banned(request.sampling, after: history)
        for (token, logit) in logits.enumerated() {
          if length <= request.newTokens.lowerBound, endOfText.contains(Int32(token)) { continue }
          if banned.contains(Int32(token)) { continue }
          var score = logit - normalizer
          if history.contains(Int32(token)) { score *= request.sampling.repetitionPenalty }
          all.append((beam.tokens + [Int32(token)], beam.score + score))
        }
      }
      let best = all.sorted { $0.score > $1.score }.prefix(max(2, 1 + ends.count) * count)
      func isEnd(_ tokens: [Int32]) -> Bool { length == most || ends.contains(tokens[length - 1]) }
      for next in best.prefix(count) where isEnd(next.tokens) {
        let finish: FinishReason = ends.contains(next.tokens[length - 1]) ? .eos : .length
        let score = next.score / pow(Double(length), request.beams.lengthPenalty)
        ended.append(Text(tokens: next.tokens, score: score, finish: finish))
        ended = Array(ended.sorted { $0.score > $1.score }.prefix(count))
      }
      running = Array(best.filter { !isEnd($0.tokens) }.prefix(count))
      guard ended.count == count, let first = running.first else { continue }
      let grows = request.beams.earlyStopping == .never && request.beams.lengthPenalty > 0
      let reached = first.score / pow(Double(grows ? most : length), request.beams.lengthPenalty)
      if request.beams.earlyStopping == .whenFull || reached <= ended[count - 1].score { break }
    }
    return Array(ended.prefix(request.samples))
  }

  private static func randomRequest(_ item: Int, _ generator: inout TestGenerator) -> GenerationRequest {
    var request = EngineTests.randomRequest(item, &generator)
    request.endOfText = nil
    if generator.next() % 3 == 0 { return request }
    request.guidance = nil
    request.sampling = SamplingParameters()
    switch generator.next() % 5 {  // what the host applies
    case 0: request.sampling.repetitionPenalty = 1.3
    case 1: request.sampling.noRepeatNgramSize = 2
    case 2: request.sampling.badWords = [[5], [7, 9], [21]]
    default: break
    }
    request.beams.count = .random(in: 2...6, using: &generator)
    request.beams.lengthPenalty = [0, 1, 2, -1].randomElement(using: &generator) ?? 1
    request.beams.earlyStopping = BeamParameters.EarlyStopping.allCases.randomElement(using: &generator) ?? .never
    request.samples = .random(in: 1...request.beams.count, using: &generator)
    request.wantsLogProbabilities = true
    request.topLogProbabilities = Int(generator.next() % 3)
    return request
  }

  @Test(arguments: 0..<24)
  func beamsAreThoseOfTheDefinition(_ seed: Int) throws {
    var generator = TestGenerator(state: UInt64(seed))
    let requests = (0..<6).map { Self.randomRequest($0, &generator) }
    let engine = try EngineTests.engine(
      promptChunk: [1024, 64, 20].randomElement(using: &generator) ?? 64,
      batchSize: Int.random(in: 6...16, using: &generator), pages: seed % 3 == 0 ? 20 : nil)
    var texts = requests.map { Array(repeating: Text(), count: $0.samples) }
    try engine.run(requests, endOfText: EngineTests.endOfText) { token in
      var text = texts[token.request][token.sample]
      #expect(text.finish == nil)
      text.tokens.append(token.token)
      (text.finish, text.score) = (token.finish, token.beamScore ?? 0)
      texts[token.request][token.sample] = text
      #expect(token.top.count == requests[token.request].topLogProbabilities)
      return true
    }
    for (request, found) in zip(requests, texts) {
      guard request.beams.count > 1 else {
        for (sample, text) in found.enumerated() {
          #expect(try text.tokens == EngineTests.expected(request, sample: sample).tokens)
        }
        continue
      }
      let expected = Self.expected(request, endOfText: EngineTests.endOfText)
      #expect(found.map(\.tokens) == expected.map(\.tokens), "\(request.beams), \(request.sampling)")
      #expect(found.map(\.finish) == expected.map(\.finish))
      for (found, expected) in zip(found, expected) { #expect(abs(found.score - expected.score) < 1e-4) }
    }
  }

  /// Where one text alone can be written, several cannot, and the error says so.
  @Test func fewerTextsThanAreAskedFor() throws {
    var request = GenerationRequest(prompt: [1, 2], samples: 2, newTokens: 0...1)
    request.beams.count = 3
    request.sampling.forcedEOSTokens = [3]
    #expect(throws: SamplingError.tooFewBeams) {
      try EngineTests.engine().run([request], endOfText: [3]) { _ in true }
    }
    request.samples = 1
    var tokens: [Int32] = []
    try EngineTests.engine().run([request], endOfText: [3]) { token in
      tokens.append(token.token)
      return true
    }
    #expect(tokens == [3])
  }

  /// The log-probabilities are the model's, whatever the processors made of them.
  @Test(arguments: [1, 1.5])
  func logProbabilitiesAreTheModels(_ penalty: Double) throws {
    var request = GenerationRequest(prompt: [1, 2], samples: 2, newTokens: 6...6, wantsLogProbabilities: true)
    request.beams.count = 3
    request.sampling.repetitionPenalty = penalty
    var texts = [[GeneratedToken]](repeating: [], count: 2)
    try EngineTests.engine().run([request], endOfText: [3]) { token in
      texts[token.sample].append(token)
      return true
    }
    for text in texts {
      for (index, token) in text.enumerated() {
        let logits = MockBackend.logits(
          after: [1, 2] + text[..<index].map(\.token), vocabularySize: Self.vocabularySize)
        let score = logits.withUnsafeBufferPointer { TokenScore($0, target: token.token, top: 0) }
        #expect(try token.logProbability == score.logProbability())
      }
    }
  }

  /// Equal seeds draw equal beams, alone or not, and other seeds others.
  @Test func drawnBeamsHangOnTheSeedAlone() throws {
    func request(_ seed: UInt64) -> GenerationRequest {
      var request = GenerationRequest(prompt: [5, 6, 7], samples: 3, newTokens: 9...9, seed: seed)
      request.sampling.doSample = true
      (request.sampling.topK, request.sampling.temperature, request.beams.count) = (20, 0.8, 3)
      return request
    }
    func texts(_ requests: [GenerationRequest]) throws -> [[[Int32]]] {
      var texts = requests.map { Array(repeating: [Int32](), count: $0.samples) }
      try EngineTests.engine().run(requests, endOfText: [3]) { token in
        texts[token.request][token.sample].append(token.token)
        return true
      }
      return texts
    }
    let alone = try texts([request(1)])
    #expect(try texts([request(2), request(1)])[1] == alone[0])
    #expect(try texts([request(2)])[0] != alone[0])
  }

  /// A search that cannot have its slots fails by itself.
  @Test func moreBeamsThanSlotsFailAlone() throws {
    var wide = GenerationRequest(prompt: [1], newTokens: 1...4)
    wide.beams.count = 5
    let narrow = GenerationRequest(prompt: [1], newTokens: 2...2)
    var rest = [narrow, wide, narrow][...]
    var (tokens, failed) = ([0, 0, 0], [Int]())
    let source = ClosureSource { rest.popFirst().map { .request($0) } ?? .end }
    _ = try EngineTests.engine(batchSize: 3).run(source, endOfText: [], onStep: nil) { event in
      switch event {
      case .token(let token): tokens[token.request] += 1
      case .failed(let request, let error):
        failed.append(request)
        #expect("\(error)".contains("5 beams needs room") && error is CacheError)
      case .cancelled, .prompt: Issue.record("nobody asked for that")
      }
      return true
    }
    #expect(tokens == [2, 0, 2] && failed == [1])
  }

  private final class ClosureSource: RequestSource {
    private let body: () -> SuppliedRequest
    init(_ body: @escaping () -> SuppliedRequest) { self.body = body }
    func next(waiting: Bool) -> SuppliedRequest { body() }
  }

  /// Logits that are not finite end the search, and a reader's end the rest of a text.
  @Test func endsBeforeTheEnd() throws {
    let backend = MockBackend()
    backend.failingStep = 2
    var request = GenerationRequest(prompt: [1, 2], samples: 2, newTokens: 5...5)
    request.beams.count = 2
    #expect(throws: SamplingError.notFinite) {
      try EngineTests.engine(backend).run([request]) { _ in true }
    }
    var counts = [0, 0]
    try EngineTests.engine().run([request]) { token in
      counts[token.sample] += 1
      return token.sample == 1
    }
    #expect(counts == [1, 5])
  }
}
