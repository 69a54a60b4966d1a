import TestSupport
import Testing

@testable import Engine
@testable import Sampling

/// Guesses decide how many steps a text takes, and nothing else.
@Suite struct SpeculationTests {
  /// Proposes what will be chosen, but for some tokens at random.
  private final class Clairvoyant: Proposer {
    private let expected: [UInt64: [[Int32]]]
    private let errorRate: Double
    private var generator: TestGenerator

    init(_ expected: [UInt64: [[Int32]]], errorRate: Double, seed: UInt64) {
      self.expected = expected
      self.errorRate = errorRate
      generator = TestGenerator(state: seed)
    }

    let isCostly = false
    func begin(slots: Int, length: Int) {}

    func propose(for sequences: [SpeculatingSequence]) -> [Proposal] {
      sequences.map { sequence in
        let text = expected[sequence.request.item]?[sequence.sample] ?? []
        let length = Int.random(in: 0...max(sequence.room, 0), using: &generator)
        let rest = text.dropFirst(sequence.tokens.count).prefix(length)
        return Proposal(
          tokens: rest.map { Double.random(in: 0..<1, using: &generator) < errorRate ? ($0 + 1) % 40 : $0 })
      }
    }
  }

  private struct Run {
    var texts: [UInt64: [[Int32]]] = [:]
    var steps = 0
    var guesses = Guesses()
  }

  /// Runs requests with stops, guessing by `speculator`, on slots and pages that are scarce.
  private func run(
    _ requests: [GenerationRequest], _ speculator: Speculator?, seed: UInt64, stopAfter stop: Int = 15
  ) throws -> Run {
    var generator = TestGenerator(state: seed)
    let backend = MockBackend()
    let engine = try EngineTests.engine(
      backend, promptChunk: .random(in: 1...40, using: &generator), batchSize: .random(in: 1...9, using: &generator),
      pages: .random(in: 3...12, using: &generator))
    engine.speculator = speculator
    var run = Run()
    for request in requests { run.texts[request.item] = Array(repeating: [], count: request.samples) }
    let statistics = try engine.run(requests, endOfText: EngineTests.endOfText) { token in
      run.texts[requests[token.request].item]?[token.sample].append(token.token)
      return run.texts[requests[token.request].item]?[token.sample].count != stop
    }
    (run.steps, run.guesses) = (statistics.steps, statistics.guesses)
    #expect(statistics.newTokens == run.texts.values.joined().reduce(0) { $0 + $1.count })
    return run
  }

  @Test(arguments: UInt64(0)..<(Tier.isFull ? 30 : 4), [0.0, 0.3, 1.0])
  func textsAreTheSame(_ seed: UInt64, errorRate: Double) throws {
    var generator = TestGenerator(state: seed)
    let requests = (0..<Int.random(in: 1...8, using: &generator)).map {
      EngineTests.randomRequest($0, &generator)
    }
    let plain = try run(requests, nil, seed: seed)
    let clairvoyant = Clairvoyant(plain.texts, errorRate: errorRate, seed: seed)
    let guessed = try run(requests, Speculator(clairvoyant, measures: false), seed: seed)
    #expect(guessed.texts == plain.texts)
    if errorRate == 0 {  // a text may end with a guess
      let texts = plain.texts.values.reduce(0) { $0 + $1.count }
      #expect(guessed.guesses.checked - guessed.guesses.right <= texts)
    }
    if errorRate == 1 { #expect(guessed.guesses.right == 0) }
    #expect(try run(requests, Speculator(LookupProposer()), seed: seed).texts == plain.texts)
  }

  /// A draft that is the model itself is right wherever no filter but the model's own is the host's.
  @Test(arguments: UInt64(0)..<(Tier.isFull ? 20 : 4))
  func aDraftsTextsAreTheSame(_ seed: UInt64) throws {
    var generator = TestGenerator(state: seed)
    let requests = (0..<Int.random(in: 1...8, using: &generator)).map {
      EngineTests.randomRequest($0, &generator)
    }
    let plain = try run(requests, nil, seed: seed)
    let draft = Speculator(DraftProposer(try EngineTests.model(MockBackend())), measures: false)
    #expect(try run(requests, draft, seed: seed).texts == plain.texts)
    // Another run begins anew, whatever the first has left.
    #expect(try run(requests.reversed(), draft, seed: seed).texts == plain.texts)
  }

  @Test func aDraftThatIsTheModelIsAlwaysRight() throws {
    var sampling = SamplingParameters()
    sampling.doSample = true
    let request = GenerationRequest(
      prompt: [1, 2, 3], samples: 3, sampling: sampling, newTokens: 0...60, ignoresEndOfText: true, seed: 4)
    let draft = Speculator(DraftProposer(try EngineTests.model(MockBackend())), measures: false)
    let guessed = try run([request], draft, seed: 1, stopAfter: 60)
    #expect(guessed.guesses.checked > 100 && guessed.guesses.right == guessed.guesses.checked)
    #expect(try guessed.texts == run([request], nil, seed: 1, stopAfter: 60).texts)
  }

  /// A text whose guesses are all right takes a step for every few tokens.
  @Test func rightGuessesSaveSteps() throws {
    let request = GenerationRequest(prompt: [1, 2, 3], newTokens: 0...100, ignoresEndOfText: true, seed: 4)
    let plain = try run([request], nil, seed: 1, stopAfter: 100)
    #expect(plain.steps >= 100)
    let clairvoyant = Clairvoyant(plain.texts, errorRate: 0, seed: 1)
    let guessed = try run([request], Speculator(clairvoyant, measures: false), seed: 1, stopAfter: 100)
    #expect(guessed.texts == plain.texts && guessed.steps < 40 && guessed.guesses.right > 60)
  }

  /// Where no guess is right, soon none is checked.
  @Test func wrongGuessesEnd() throws {
    let request = GenerationRequest(prompt: [1, 2, 3], newTokens: 0...200, ignoresEndOfText: true, seed: 4)
    let plain = try run([request], nil, seed: 1, stopAfter: 200)
    let blind = Clairvoyant(plain.texts, errorRate: 1, seed: 1)
    let guessed = try run([request], Speculator(blind, measures: false), seed: 1, stopAfter: 200)
    #expect(guessed.texts == plain.texts && guessed.guesses.checked < 60)
  }

  /// Where nothing is worth checking, steps are planned ahead of their tokens but now and then, as without guesses.
  @Test func withoutProposalsStepsDoNotWait() throws {
    let backend = MockBackend()
    let engine = try EngineTests.engine(backend)
    engine.speculator = Speculator(Clairvoyant([:], errorRate: 0, seed: 1))
    try engine.run([GenerationRequest(prompt: [1], newTokens: 0...100, ignoresEndOfText: true)]) { _ in true }
    let ahead = zip(backend.events, backend.events.dropFirst()).count { $0 == .step && $1 == .step }
    let waiting = zip(backend.events, backend.events.dropFirst()).count { $0 == .wait && $1 == .wait }
    #expect(backend.events.count { $0 == .step } == 100 && ahead > 4 && ahead == waiting && ahead < 25)
  }

  // MARK: - Look-ups

  private func lookup(_ tokens: [Int32]) -> PromptLookup {
    var lookup = PromptLookup()
    lookup.append(tokens)
    return lookup
  }

  @Test func whatFollowedBeforeFollowsAgain() {
    #expect(lookup([7, 8, 9, 10, 11, 7, 8]).proposal(3).tokens == [9, 10, 11])
    #expect(lookup([7, 8, 9, 10, 11, 7, 8]).proposal(3).grade == 2)
    #expect(lookup([7, 8, 9, 10, 11]).proposal(3).tokens.isEmpty)
    #expect(lookup([7]).proposal(3).tokens.isEmpty && lookup([]).proposal(3).tokens.isEmpty)
    #expect(lookup([7, 8, 9, 7]).proposal(2) == Proposal(tokens: [8, 9], grade: 1))
    #expect(lookup([7, 8, 9, 7, 8]).proposal(0).tokens.isEmpty)
  }

  /// The last occurrence counts, but a longer one before it counts more.
  @Test func longerMatchesComeFirst() {
    #expect(lookup([1, 2, 30, 1, 2, 40, 1, 2]).proposal(1).tokens == [40])
    #expect(lookup([9, 8, 7, 1, 2, 30, 5, 1, 2, 40, 9, 8, 7, 1, 2]).proposal(1) == Proposal(tokens: [30], grade: 5))
  }

  /// Guesses go round where the text does.
  @Test func loopsGoRound() {
    #expect(lookup([5, 6, 5, 6]).proposal(5).tokens == [5, 6, 5, 6, 5])
    #expect(lookup([4, 4, 4]).proposal(4).tokens == [4, 4, 4, 4])
  }

  /// Guessing is tried again after some steps, also where every step has rows of prompts: a server's may.
  @Test func pausesEndAmongPrompts() throws {
    let speculator = Speculator(Clairvoyant([:], errorRate: 0, seed: 1))
    try speculator.begin(slots: 1, length: 64)
    let sequence = SpeculatingSequence(
      id: SequenceID(slot: 0, serial: 0), request: GenerationRequest(prompt: [1], newTokens: 0...9), sample: 0,
      tokens: [1], room: 5)
    #expect(try speculator.proposals(for: [sequence], budget: 8).isEmpty && speculator.isPaused)
    for _ in 0..<16 { speculator.record(rows: 1, promptRows: 30, time: .milliseconds(1)) }
    #expect(!speculator.isPaused)
  }

  /// Proposes nothing that is chosen, and counts how often it is asked.
  private final class Wrong: Proposer {
    let isCostly = true
    private(set) var asked = 0

    func begin(slots: Int, length: Int) {}

    func propose(for sequences: [SpeculatingSequence]) -> [Proposal] {
      asked += sequences.count { $0.room > 0 }
      return sequences.map { Proposal(tokens: Array(repeating: 8, count: $0.room)) }
    }
  }

  /// A draft that is never right is asked ever more seldom.
  @Test func aDraftThatIsWrongIsSeldomAsked() throws {
    let draft = Wrong()
    let speculator = Speculator(draft)
    try speculator.begin(slots: 1, length: 1000)
    var asked = 0
    for length in 1...600 {
      if length == 200 { asked = draft.asked }
      var rows = 1
      if !speculator.isPaused {
        let sequence = SpeculatingSequence(
          id: SequenceID(slot: 0, serial: 0), request: GenerationRequest(prompt: [1], newTokens: 0...900), sample: 0,
          tokens: Array(repeating: 7, count: length), room: 9)
        rows += try speculator.proposals(for: [sequence], budget: 12)[0]?.count ?? 0
      }
      speculator.record(rows: rows, promptRows: 0, time: .milliseconds(8 + 2 * rows))
    }
    #expect((1...8).contains(draft.asked - asked), "\(draft.asked - asked)")
  }

  // MARK: - What a row costs

  /// A step's time is that of steps of its rows, between them on a line, and beside them little more or less.
  @Test func stepsHaveTheTimesOfTheirRows() throws {
    var cost = StepCost()
    #expect(cost.seconds(rows: 1) == nil)
    for _ in 0..<20 {
      for (rows, seconds) in [(1, 0.010), (4, 0.013), (12, 0.060)] { cost.record(rows: rows, seconds: seconds) }
    }
    #expect(try abs(#require(cost.seconds(rows: 4)) - 0.013) < 0.001)
    #expect(try abs(#require(cost.seconds(rows: 8)) - 0.0365) < 0.002)
    #expect(try #require(cost.seconds(rows: 14)) < 0.080)
    #expect(try #require(cost.seconds(rows: 1)) < 0.0101)
  }

  /// Kernels are compiled or loaded in the first step of so many rows, and in a later one where they were spared.
  @Test func compilingIsNotTheTimeOfAStep() throws {
    var cost = StepCost()
    cost.record(rows: 1, seconds: 2)
    #expect(cost.seconds(rows: 1) == nil)
    for _ in 0..<10 { cost.record(rows: 1, seconds: 0.010) }
    cost.record(rows: 4, seconds: 2)
    #expect(try #require(cost.seconds(rows: 4)) < 0.013)
    // But a first time that is as short as others let expect is one.
    cost.record(rows: 2, seconds: 0.0112)
    #expect(cost.seconds(rows: 2) == 0.0112)
    for seconds in [0.013, 0.013, 2] { cost.record(rows: 4, seconds: seconds) }
    #expect(try #require(cost.seconds(rows: 4)) < 0.015)
    // A time that has become longer is known after some steps.
    for _ in 0..<30 { cost.record(rows: 4, seconds: 0.040) }
    #expect(try #require(cost.seconds(rows: 4)) > 0.035)
  }

  /// Rows of steps are of a few numbers, for each of which there are kernels, and times to be known.
  @Test func stepsAreOfAFewSizes() throws {
    let speculator = Speculator(Clairvoyant([0: [Array(repeating: 7, count: 400)]], errorRate: 0, seed: 1))
    try speculator.begin(slots: 3, length: 512)
    var rows: Set<Int> = []
    for length in 1...60 {
      let sequences = (0..<3).map {
        SpeculatingSequence(
          id: SequenceID(slot: $0, serial: 0), request: GenerationRequest(prompt: [1], newTokens: 0...400), sample: 0,
          tokens: Array(repeating: 7, count: length), room: 9)
      }
      let checked = try speculator.proposals(for: sequences, budget: 12).values.reduce(0) { $0 + $1.count }
      rows.insert(3 + checked)
      speculator.record(rows: 3 + checked, promptRows: 0, time: .milliseconds(10))
    }
    #expect(rows.isSubset(of: [3, 4, 6, 12]) && rows.count > 2, "\(rows)")
  }

  /// One step that was held up does not count as all of its kind, and what was seen long ago not at all.
  @Test func timesThatAreOffAreForgotten() throws {
    var cost = StepCost()
    for _ in 0..<10 { cost.record(rows: 1, seconds: 0.010) }
    cost.record(rows: 8, seconds: 3)
    #expect(try #require(cost.seconds(rows: 8)) < 0.1)
    for _ in 0..<300 { cost.record(rows: 1, seconds: 0.010) }
    #expect(try #require(cost.seconds(rows: 8)) < 0.020)
  }

  @Test func ratesFollowWhatIsSeen() {
    var rate = AcceptanceRate()
    #expect(rate.value == 0.5)
    for _ in 0..<50 { rate.count(accepted: 0, rejected: true) }
    #expect(rate.value < 0.05)
    for _ in 0..<30 { rate.count(accepted: 4, rejected: false) }
    #expect(rate.value > 0.9)
  }
}
