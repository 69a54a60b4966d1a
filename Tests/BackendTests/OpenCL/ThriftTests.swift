@testable import Backend
import Checkpoint
import OpenCL
import TestSupport
import Testing

@testable import GPT2
@testable import OpenCLBackend

extension BackendTests {
  /// Kernels that are there stand in for those that are not worth compiling yet.
  @Suite struct ThriftTests {
    private static let layout = PackedLayout(.fp16, .fp32)

    private func thrift() throws -> SIMDThrift {
      let device = try #require(Devices.all.first)
      return SIMDThrift(KernelLibrary(try Context(device: device), cache: nil), .wide)
    }

    private func linear(_ rows: Int) -> SIMDLinear {
      SIMDLinear(rows: rows, layout: Self.layout, .wide, unit: .portable, activation: .geluTanh)
    }

    /// A step of one row for each of so many sequences.
    private func step(_ rows: Int, position: Int = 0, token: Int32 = 0) -> Step {
      var step = Step()
      for slot in 0..<rows { step.append([token], slot: Int32(slot), firstPosition: position) }
      return step
    }

    @Test func oneTileDoesForAllThatIsShort() throws {
      let thrift = try thrift()
      _ = try thrift.tileHeight(for: step(1), sequences: 5)
      for rows in [4, 1, 5, 3, 40] {
        let kernel = try thrift.linear(linear(rows), rows: rows, weights: 1 << 16)
        #expect(kernel.tile.height == 5 && kernel.tile.shared == 1, "\(rows) rows")
      }
      // Operands for another product come from the same program.
      var quantizing = linear(2)
      quantizing = SIMDLinear(
        rows: 2, layout: Self.layout, .wide, unit: quantizing.unit, activation: .geluTanh, quantizes: true)
      let other = try thrift.linear(quantizing, rows: 2, weights: 1 << 16)
      #expect(other.quantizes && other.tile.height == 5)
    }

    @Test func whatIsMissedLongEnoughIsCompiled() throws {
      let thrift = try thrift()
      _ = try thrift.tileHeight(for: step(1), sequences: 8)
      let weights = 1 << 29  // of a model of half a billion
      #expect(try thrift.linear(linear(8), rows: 8, weights: weights).tile.height == 8)
      var heights: [Int] = []
      while heights.last != 1, heights.count < 100 {
        heights.append(try thrift.linear(linear(1), rows: 1, weights: weights).tile.height)
      }
      #expect(heights.last == 1 && heights.count > 1 && heights.dropLast().allSatisfy { $0 == 8 }, "\(heights)")
      // And stays.
      #expect(try thrift.linear(linear(1), rows: 1, weights: 1).tile.height == 1)
    }

    @Test func repeatedStepsCountToo() throws {
      let thrift = try thrift()
      _ = try thrift.tileHeight(for: step(1), sequences: 8)
      _ = try thrift.linear(linear(8), rows: 8, weights: 1)
      thrift.begin()
      _ = try thrift.linear(linear(1), rows: 1, weights: 1 << 26)
      var count = 0
      while count < 1000, !thrift.repeated() { count += 1 }
      #expect(1..<1000 ~= count)
      #expect(try thrift.linear(linear(1), rows: 1, weights: 1 << 26).tile.height == 1)
    }

    @Test func longPromptsAreCutIntoTiles() throws {
      let thrift = try thrift()
      #expect(try thrift.tileHeight(for: step(8, position: 10), sequences: 8) == 1)
      // Last samples are alone anyway, however far they are.
      #expect(try thrift.tileHeight(for: step(64, position: 1000, token: -1), sequences: 64) == 1)
      var prompt = Step()
      prompt.append(Array(repeating: 1, count: 1000), slot: 0, firstPosition: 0)
      #expect(try thrift.tileHeight(for: prompt, sequences: 1) == SIMDAttention.tile)
    }

    /// Texts of a batch whose sequences end one after the other, with prompts of one to many tokens.
    @Test(arguments: Devices.all.filter { !$0.compilesSlowly }, [Precision.fp16, .int8])
    func textsAreTheSame(_ device: Device, _ precision: Precision) throws {
      let pretrained = try PretrainedModel(.demo)
      let compute = ComputeDevice(id: "0", name: device.name, device: device)
      func texts(sparing: Bool) throws -> [[Int32]] {
        let model = try LoadedModel(
          pretrained, on: compute, precision: precision, family: .simd, sparesCompiling: sparing)
        var found: [[Int32]] = []
        for (samples, prompt) in [(5, 2), (1, 1), (3, 30)] {
          var overrides = GenerationOverrides()
          overrides.samples = samples
          overrides.seed = 5
          overrides.maxNewTokens = 12
          let tokens = (0..<prompt).map { Int32(40 + $0) }
          found += try model.generate(.tokens(tokens), model.settings(overrides)).texts.map(\.tokens)
        }
        return found
      }
      #expect(try texts(sparing: true) == texts(sparing: false))
    }
  }
}
