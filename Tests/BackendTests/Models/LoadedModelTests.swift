@testable import Backend
@testable import Engine
import Checkpoint
import TestSupport
import Testing

@testable import GPT2
@testable import OpenCLBackend

extension BackendTests {
  /// The demo model from prompt to text, on whatever computes here.
  @Suite struct LoadedModelTests {
    /// Where texts are written: OpenCL's devices in both families, and OpenBLAS.
    struct Place: Sendable, CustomTestStringConvertible {
      let device: DeviceSelection
      var family: KernelFamily?
      var testDescription: String { "\(device) \(family.map(\.rawValue) ?? "")" }
    }

    static let openCL = Devices.all.enumerated().filter { !$1.isSimulated }.flatMap { index, _ in
      KernelFamily.allCases.map { Place(device: .number(index), family: $0) }
    }
    static let all = openCL + (BackendCase.cpu.isEmpty ? [] : [Place(device: .cpu)])

    private func write(
      _ place: Place, _ prompt: Prompt = .text("My dream is"), samples: Int = 1, seed: UInt64 = 3, new: Int = 12,
      logProbabilities: Bool = false, _ change: (inout GenerationOverrides) -> Void = { _ in }
    ) throws -> Generation {
      let model = try LoadedModel(.demo, device: place.device, precision: .fp32, family: place.family)
      var wishes = GenerationOverrides()
      (wishes.samples, wishes.seed, wishes.maxNewTokens, wishes.ignoresEndOfText) = (samples, seed, new, true)
      change(&wishes)
      return try model.generate(prompt, model.settings(wishes), wantsLogProbabilities: logProbabilities)
    }

    @Test(arguments: openCL)
    func aSampleIsTheSameAloneAndInCompany(_ place: Place) throws {
      let five = try write(place, samples: 5)
      #expect(try write(place, samples: 5).texts.map(\.tokens) == five.texts.map(\.tokens))
      #expect(try write(place, samples: 1).texts[0].tokens == five.texts[0].tokens)
      #expect(try write(place, samples: 13).texts.prefix(5).map(\.tokens) == five.texts.map(\.tokens))
      #expect(try write(place, samples: 5, seed: 4).texts.map(\.tokens) != five.texts.map(\.tokens))
    }

    @Test(arguments: Tier.isFull ? openCL : Array(openCL.prefix(1)))
    func severalPromptsTogetherAreAsAlone(_ place: Place) throws {
      let model = try LoadedModel(.demo, device: place.device, precision: .fp32, family: place.family)
      var wishes = GenerationOverrides()
      (wishes.samples, wishes.seed, wishes.maxNewTokens) = (2, 5, 6)
      let settings = try model.settings(wishes)
      let prompts = ["My dream is", "So", "We all know that the"].map { Prompt.text($0) }
      let together = try model.generate(prompts, settings).map { $0.texts.map(\.text) }
      #expect(try prompts.map { try model.generate($0, settings).texts.map(\.text) } == together)
    }

    /// All places agree, but for rounding: the oracle of each is the others.
    @Test func allPlacesWriteTheSame() throws {
      let generations = try Self.all.map { place in
        try write(place, new: 24, logProbabilities: true) { $0.doSample = false }
      }
      guard let first = generations.first else { return }
      for (place, other) in zip(Self.all, generations) {
        #expect(other.texts[0].tokens == first.texts[0].tokens, "\(place.testDescription)")
        for (left, right) in zip(other.texts[0].logProbabilities, first.texts[0].logProbabilities) {
          #expect(abs(left - right) < 1e-4, "\(place.testDescription)")
        }
      }
    }

    /// A continuation's tokens have the log-probabilities that scoring them one prompt after the other gives.
    @Test(arguments: all)
    func decodingAgreesWithPrefill(_ place: Place) throws {
      let whole = try write(place, new: 6, logProbabilities: true) { $0.doSample = false }
      for count in 1..<6 {
        let prompt = whole.promptTokens + whole.texts[0].tokens.prefix(count)
        let rest = try write(place, .tokens(prompt), new: 1, logProbabilities: true) {
          $0.doSample = false
          $0.prefix = ""
        }
        #expect(rest.texts[0].tokens == [whole.texts[0].tokens[count]])
        #expect(abs(rest.texts[0].logProbabilities[0] - whole.texts[0].logProbabilities[count]) < 1e-4)
      }
    }

    /// From one token to exactly the context.
    @Test(arguments: all)
    func promptsOfEveryLength(_ place: Place) throws {
      for length in Tier.isFull ? [1, 15, 63, 64, 65, 250, 255] : [1, 64, 255] {
        let generation = try write(place, .tokens((0..<length).map { Int32($0 * 7 % 2000) }), new: 6) {
          $0.prefix = ""
        }
        #expect(generation.texts[0].tokens.count == min(6, 256 - length))
        #expect(generation.texts[0].finishReason == .length)
      }
      #expect(throws: SettingsError.self) {
        try write(place, .tokens(Array(repeating: 1, count: 256))) { $0.prefix = "" }
      }
    }

    /// Choices that only the host can make, beside the kernels'.
    @Test(arguments: all)
    func choicesOfTheHost(_ place: Place) throws {
      let free = try write(place, new: 10) { $0.doSample = false }
      let banned = free.texts[0].tokens[4]
      let other = try write(place, new: 10) {
        $0.doSample = false
        $0.badWords = [[banned]]
      }
      #expect(!other.texts[0].tokens.contains(banned))
      #expect(
        other.texts[0].tokens.prefix(4).contains(banned)
          || other.texts[0].tokens.prefix(4) == free.texts[0].tokens.prefix(4))
      let unrepeated = try write(place, new: 30) {
        $0.doSample = false
        $0.noRepeatNgramSize = 2
      }
      let pairs = zip(unrepeated.texts[0].tokens, unrepeated.texts[0].tokens.dropFirst()).map { "\($0),\($1)" }
      #expect(Set(pairs).count == pairs.count)
    }

    /// The repetition penalty of the kernels is that of the host's sampler.
    @Test(arguments: openCL)
    func penaltiesOfTheDevice(_ place: Place) throws {
      func penalized(_ change: @escaping (inout GenerationOverrides) -> Void) throws -> [[Int32]] {
        try write(place, samples: 3, new: 20) {
          $0.repetitionPenalty = 1.7
          change(&$0)
        }.texts.map(\.tokens)
      }
      // A ban of a token that never comes sends the choice to the host.
      #expect(try penalized { _ in } == penalized { $0.badWords = [[5, 5, 5, 5, 5, 5]] })
    }
  }
}
