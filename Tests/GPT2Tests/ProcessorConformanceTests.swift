@testable import Sampling
import Foundation
import JSON
import TestSupport
import Testing

@testable import GPT2

/// The host's choices against transformers' on the same logits: the cases that `Tests/Conformance/
/// make_processor_cases.py` wrote, a thousand for each option of a generation_config.json, with many equal logits.
@Suite struct ProcessorConformanceTests {
  /// A generation_config.json, and what transformers makes of some cases.
  struct Line: Sendable {
    let number: Int
    let configuration: JSON
    let results: [Substring]
  }

  private static let lines: [Line] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Conformance/processor_cases.tsv").standardized
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
    let lines = text.split(separator: "\n")
    let base = lines.first.flatMap { try? JSON(parsing: Array($0.utf8)).members } ?? []
    return lines.dropFirst().enumerated().compactMap { number, line in
      let parts = line.split(separator: "\t")
      guard let options = try? JSON(parsing: Array(parts[0].utf8)).members else { return nil }
      let members = base.filter { member in !options.contains { $0.key == member.key } } + options
      return Line(number: number, configuration: .object(members), results: parts[1].split(separator: " "))
    }
  }()

  /// A case's logits, the step, and the weights that its probabilities are summed with: `case` of the script.
  private struct Case {
    var logits: [Float] = []
    var step = SamplingStep()
    var weights: [Double] = []

    init(line: Int, place: Int, vocabularySize: Int) {
      var numbers = TestGenerator(state: UInt64(line * 1000 + place))
      let size = vocabularySize - numbers.below(8)
      let kind = numbers.below(5)
      for _ in 0..<size {
        switch kind {
        case 0: logits.append(Float(Double(numbers.below(33) - 16) / 4))
        case 1: logits.append(Float(Double(numbers.below(8001) - 4000) / 500))
        case 2: logits.append(Float(numbers.below(3)))
        case 3: logits.append(Float(Double(-numbers.below(4001)) / 200))
        default: logits.append(Float(-50 * numbers.below(2)))
        }
      }
      step.promptCount = 1 + numbers.below(4)
      let new = numbers.below(6)
      for _ in 0..<step.promptCount + new { step.tokens.append(Int32(numbers.below(6))) }
      for _ in 0..<size { weights.append(Double(numbers.below(1000)) / 1000) }
    }
  }

  @Test func casesAreThere() { #expect(Self.lines.count == 1100) }

  @Test func tokensAndProbabilitiesAreTransformers() throws {
    var compared = 0
    for line in Self.lines where Tier.isFull || line.number % 10 == 0 {
      let settings = try GenerationSettings(
        GenerationOverrides(), preset: .hf5, configuration: .object([]), generationConfiguration: line.configuration)
      for (place, result) in line.results.enumerated() where result != "-" {
        try compare(settings, line, place, result)
        compared += 1
      }
    }
    #expect(compared > (Tier.isFull ? 20_900 : 2_090))
  }

  private func compare(_ settings: GenerationSettings, _ line: Line, _ place: Int, _ result: Substring) throws {
    let size = try #require(line.configuration["vocab_size"]?.integer)
    let instance = Case(line: line.number, place: place, vocabularySize: size)
    let lengths = try settings.newTokens(promptTokens: instance.step.promptCount, contextLength: 64)
    var step = instance.step
    let new = step.tokens.count - step.promptCount
    step.isLast = new + 1 == lengths.upperBound
    var seen = TokenSet(vocabularySize: instance.logits.count)
    seen.formUnion(step.tokens)
    let row = SamplingRow(settings.sampling, draw: 0, suppressesEndOfText: new < lengths.lowerBound)
    var sampler = HostSampler()
    let comment = Comment(rawValue: "line \(line.number), place \(place): \(line.configuration.text)")

    let parts = result.split(separator: ":")
    let expected = try #require(SetBits(hexadecimal: parts[0]))
    let sampled = instance.logits.withUnsafeBufferPointer {
      sampler.result($0, row: row, seen: seen, endOfText: settings.endOfText, parameters: settings.sampling, at: step)
    }
    guard !expected.places.isEmpty else {
      #expect(throws: SamplingError.nothingLeft, comment) { try sampled.checked() }
      return
    }
    #expect(sampler.candidates.map { Int($0.token) } == expected.places, comment)
    let total = Double(sampler.candidates.reduce(0) { $0 + $1.mass })
    let sum = sampler.candidates.reduce(0) { $0 + instance.weights[Int($1.token)] * Double($1.mass) / total }
    #expect(abs(sum - (Double(parts[1]) ?? .nan) / 1e6) < 2e-6, comment)
  }
}

/// The bits of a long number that are set.
private struct SetBits {
  var places: [Int] = []

  init?(hexadecimal: Substring) {
    for (index, digit) in hexadecimal.reversed().enumerated() {
      guard let value = digit.hexDigitValue else { return nil }
      for bit in 0..<4 where value >> bit & 1 == 1 { places.append(4 * index + bit) }
    }
  }
}
