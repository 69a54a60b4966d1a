internal import Backend
internal import Sampling
internal import Checkpoint

extension OperationBench {
  /// GPT-2's vocabulary, one that has no fast path, and small ones.
  private static var vocabularies: [Int] { [1, 17, 257, 9001, 50257] }

  static var settings: [(name: String, parameters: SamplingParameters)] {
    func drawn(_ name: String, _ change: (inout SamplingParameters) -> Void) -> (String, SamplingParameters) {
      var parameters = SamplingParameters()
      parameters.doSample = true
      change(&parameters)
      return (name, parameters)
    }
    return [
      ("the likeliest", SamplingParameters()), drawn("any") { _ in },
      drawn("top-k 50") { $0.topK = 50 }, drawn("top-p 0.95") { $0.topP = 0.95 },
      drawn("top-k 100 and top-p 0.5") { ($0.topK, $0.topP) = (100, 0.5) },
      drawn("min-p 0.05, penalty 1.3") { ($0.minP, $0.repetitionPenalty) = (0.05, 1.3) },
    ]
  }

  /// Those that draw nothing.
  static var greedySettings: [(name: String, parameters: SamplingParameters)] {
    [settings[0], ("the likeliest but the end", settings[0].parameters)]
  }

  /// The tokens that ``HostSampler`` chooses, bit for bit.
  ///
  /// - Parameter byBlocks: Whether they are chosen as of few rows.
  func samples(
    byBlocks: Bool = false, settings: [(name: String, parameters: SamplingParameters)] = Self.settings,
    withLogProbability: Bool = true
  ) throws -> NumberComparison {
    var comparison = NumberComparison()
    var sampler = HostSampler()
    for vocabulary in Self.vocabularies {
      var numbers = SampleNumbers(seed: vocabulary)
      // Few values and so many ties; the step is small enough that most tokens count.
      let rows = numbers.rows(settings.count, vocabulary, scale: 2)
      let logits = try activations(rows)
      let endOfText = [Int32(0), Int32(vocabulary / 2)]
      let slots = try backend.slots(
        count: settings.count, length: 1, vocabularySize: vocabulary, endOfText: endOfText)
      var seen = TokenSet(vocabularySize: vocabulary)
      seen.formUnion((0..<vocabulary / 3).map { Int32($0 * 3) })
      let draws = settings.indices.map { index in
        SamplingRow(
          settings[index].parameters, draw: numbers.next(), logitsRow: UInt32(index), slot: UInt32(index),
          suppressesEndOfText: index % 2 == 1 && vocabulary > 2, wantsLogProbability: withLogProbability,
          starts: true)
      }
      for slot in settings.indices { try backend.setSeen(seen, slot: slot, slots) }
      let found = try backend.sample(logits, draws, slots, byBlocks: byBlocks).wait()
      for (index, token) in found.enumerated() {
        let right = rows[index].map(Float.init).withUnsafeBufferPointer {
          sampler.result($0, row: draws[index], seen: seen, endOfText: endOfText)
        }
        guard token != right else { continue }
        let field = token.token == right.token ? "the sum of \(token.rawMass)" : "token \(token.token)"
        let rightField = token.token == right.token ? "\(right.rawMass)" : "\(right.token)"
        comparison.note(field, where: rightField, "\(settings[index].name), V \(vocabulary)")
      }
    }
    return comparison
  }

  /// The log-probabilities of given tokens, and the likeliest, to the bit as on the host.
  func scores() throws -> NumberComparison {
    var comparison = NumberComparison()
    for vocabulary in Self.vocabularies {
      var numbers = SampleNumbers(seed: vocabulary)
      let rows = numbers.rows(3, vocabulary, scale: 2)
      let targets = (0..<3).map { Int32(($0 * 7919 + vocabulary - 1) % vocabulary) }
      let logits = try activations(rows)
      let wanted = targets.enumerated().map { ScoreRow(logitsRow: $0, target: $1) }
      let scores = try backend.score(logits, wanted, top: 20).wait()
      for (row, score) in scores.enumerated() {
        let right = rows[row].map(Float.init).withUnsafeBufferPointer {
          TokenScore($0, target: targets[row], top: 20)
        }
        guard score != right else { continue }
        let place = zip(score.top, right.top).prefix { $0 == $1 }.count
        if place < min(score.top.count, right.top.count) {
          comparison.note("\(score.top[place])", where: "\(right.top[place])", "V \(vocabulary), place \(place)")
        } else {
          comparison.note("the sum of \(score.mass)", where: "\(right.mass)", "V \(vocabulary)")
        }
      }
      let found = scores.map { Float((try? $0.logProbability()) ?? .nan) }
      comparison.compare(
        found, with: zip(rows, targets).map { [Reference.logProbabilities($0)[Int($1)]] }, within: 4e-6,
        "V \(vocabulary)")
    }
    return comparison
  }
}
