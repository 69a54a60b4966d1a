import Foundation
import Kernels
import OpenCL
import TestSupport
import Testing

@testable import Checkpoint
@testable import Backend
@testable import Engine
@testable import GPT2
@testable import OpenCLBackend

extension BackendTests {
  /// A block in one launch equals, to the bit, its operations one by one.
  @Suite struct BlockTests {
    private static let devices = Devices.all.filter { !$0.compilesSlowly }

    /// A shape of model, and rows of a step: of one tile, of several, of a last one that is not full.
    struct Shape: Sendable {
      let checkpoint: TinyCheckpoint
      let rows: [Int]
      /// Positions behind which the first step stands.
      let prompt: Int
      /// Whether rows of all its widths are whole groups.
      let hasWholeGroups: Bool
    }

    private static let shapes = [
      Shape(
        checkpoint: TinyCheckpoint(seed: 11) {
          ($0.layerCount, $0.embeddingSize, $0.headCount, $0.innerSize, $0.contextLength) = (2, 128, 4, 256, 80)
        }, rows: [1, 2, 3, 5, 7, 13, 31], prompt: 62, hasWholeGroups: true),
      Shape(
        checkpoint: TinyCheckpoint(seed: 12) {
          ($0.layerCount, $0.embeddingSize, $0.headCount, $0.innerSize, $0.activation) = (1, 51, 3, 77, .relu)
        }, rows: [1, 4, 17], prompt: 3, hasWholeGroups: false),
    ]

    /// A model and a session of as many prompts as there are slots.
    private struct BlockHarness {
      let model: GPT2Model<OpenCLBackend>
      let session: Session<OpenCLBackend>
      let hasWholeGroups: Bool
      var backend: OpenCLBackend { model.backend }

      init(_ backend: OpenCLBackend, _ shape: Shape, slots: Int) throws {
        hasWholeGroups = shape.hasWholeGroups
        model = try GPT2Model(try PretrainedModel(shape.checkpoint.files).checkpoint, on: backend)
        session = try Session(
          model, limits: .init(slots: slots, length: shape.prompt + 10, rows: 256, outputs: slots, endOfText: []))
        for slot in 0..<slots {
          var step = Step()
          let tokens = (0..<shape.prompt).map { Int32(($0 * 31 + slot * 7) % 256) }
          step.append(tokens, slot: Int32(slot), firstPosition: 0, wantsLogits: .none)
          try model.forward(step, in: session)
          try backend.setLastSamples([(slot, Int32(slot))], session.slots)
        }
      }

      /// What `body` gives where blocks are of a team of work-groups.
      private func with<Result>(team: Int, _ body: () throws -> Result) throws -> Result {
        let kernels = try #require(backend.kernels as? SIMDKernels)
        let before = kernels.blockTeam
        defer { kernels.blockTeam = before }
        kernels.blockTeam = team
        return try body()
      }

      /// Expects that the blocks of a step are one launch where there is a team; if so, this does another, whose results
      /// nobody reads.
      private func expectOneLaunch(_ step: Step, team: Int) throws {
        let isOne = try backend.run(
          model.layers[0], session.caches[0], backend.begin(step, session.slots), session.activations)
        #expect(isOne == (team > 0 && (hasWholeGroups || !backend.layout.quantizesRows)))
      }

      /// The logits of `rows` last samples, at each of three positions from `prompt` on, by a team of work-groups.
      func logits(rows: Int, prompt: Int, team: Int) throws -> [[Float]] {
        try with(team: team) {
          try (0..<3).map { offset in
            var step = Step()
            for slot in 0..<rows {
              step.append([Step.Row.lastSample], slot: Int32(slot), firstPosition: prompt + offset)
            }
            try model.forward(step, in: session)
            let logits = try backend.read(session.activations.logits, count: rows)
            if offset == 2 { try expectOneLaunch(step, team: team) }
            return logits
          }
        }
      }

      /// The logits of a last sample, and of sequences whose row is followed by so many guesses.
      func logits(guesses: [Int], prompt: Int, team: Int) throws -> [Float] {
        try with(team: team) {
          var step = Step()
          // First other tokens, whose keys and values must not stay.
          for salt in [100, 0] {
            step = Step()
            step.append([Step.Row.lastSample], slot: 0, firstPosition: prompt)
            for (index, count) in guesses.enumerated() {
              step.append(
                (0...count).map { Int32(($0 * 13 + index + salt) % 256) }, slot: Int32(index + 1),
                firstPosition: prompt, wantsLogits: .all, continues: true)
            }
            try model.forward(step, in: session)
          }
          let logits = try backend.read(session.activations.logits, count: step.rows.count)
          try expectOneLaunch(step, team: team)
          return logits
        }
      }
    }

    private func backend(_ device: Device, _ precision: Precision) throws -> OpenCLBackend {
      try OpenCLBackend(
        device: device, precision: precision, family: .simd, maximumRows: 256, comparesArguments: true)
    }

    @Test(arguments: devices, Tier.isFull ? Precision.allCases : [.fp16])
    func isWhatItsOperationsAre(device: Device, precision: Precision) throws {
      let backend = try backend(device, precision)
      for shape in Self.shapes where !device.isSimulated || !shape.hasWholeGroups {
        let heights = shape.rows.filter { !device.isSimulated || $0 < 17 }
        let bench = try BlockHarness(backend, shape, slots: heights.max() ?? 1)
        for rows in heights {
          let expected = try bench.logits(rows: rows, prompt: shape.prompt, team: 0)
          // Alone; as many as there are cores; more than run at a time, of which some come when all is done.
          // The simulator takes a hand-over between work-groups for a race.
          for team in device.isSimulated ? [1] : [1, device.computeUnits, 7] {
            #expect(try bench.logits(rows: rows, prompt: shape.prompt, team: team) == expected, "\(rows) rows, \(team)")
          }
        }
        if device.isSimulated { continue }
        // Across the end of a page in the first shape.
        let guesses = Array([1, 4, 9].prefix(shape.rows.count - 1))
        let expected = try bench.logits(guesses: guesses, prompt: shape.prompt, team: 0)
        for team in [1, device.computeUnits, 7] {
          #expect(try bench.logits(guesses: guesses, prompt: shape.prompt, team: team) == expected, "guesses, \(team)")
        }
      }
    }

    /// Host and kernel agree on where each number lies: the kernel's structure has no gaps, and so has the host's.
    @Test func argumentsAreTheKernels() throws {
      let text = KernelSource.simdBlock.text
      let end = try #require(text.range(of: "} BlockArguments;"))
      let begin = try #require(text[..<end.lowerBound].range(of: "typedef struct {", options: .backwards))
      let lines = text[begin.upperBound..<end.lowerBound].split(separator: "\n")
      let declared = lines.flatMap { line in
        let words = line.prefix { $0 != ";" }.split { " ,".contains($0) }
        return words.dropFirst().map { (name: String($0), type: words[0] == "int" ? "Int32" : "Float") }
      }
      let arguments = BlockArguments(
        rows: 0, channels: 1, innerChannels: 2, heads: 3, blocks: 4, xStride: 5, operandStride: 6, qkvStride: 7,
        innerStride: 8, groups: 9, ahead: 10, near: 11, team: 12, firstTile: 13, appends: 14, scale: 15,
        attentionEpsilon: 16, feedForwardEpsilon: 17)
      let fields = Array(Mirror(reflecting: arguments).children)
      #expect(fields.map { "\(type(of: $0.value))" } == declared.map(\.type))
      let same = zip(fields, declared).filter { $0.1.name.count > 1 }
      #expect(same.allSatisfy { $0.label == $1.name } && same.count == 13)
      #expect(MemoryLayout<BlockArguments>.size == 4 * declared.count && declared.count == 18)
    }

    /// Work-groups that wait in vain give up, and their results cannot be taken for a text.
    @Test(arguments: devices.filter { !$0.isSimulated })
    func waitingEnds(device: Device) throws {
      let text = KernelSource.simdBlock.text
      let broken = text.replacing("atomic_add(done, count);", with: "").replacing("1000000000", with: "1000")
      try #require(broken.count < text.count - 10)
      try KernelLibrary.$replacements.withValue([.simdBlock: broken]) {
        let bench = try BlockHarness(try backend(device, .fp16), Self.shapes[1], slots: 4)
        let logits = try bench.logits(rows: 4, prompt: Self.shapes[1].prompt, team: device.computeUnits)
        #expect(logits.allSatisfy { $0.allSatisfy(\.isNaN) })
      }
    }

    /// A step that gave up spoils no later one.
    @Test(arguments: devices.filter { !$0.isSimulated })
    func workGoesOnAfterGivingUp(device: Device) throws {
      let shape = Self.shapes[1]
      func harness() throws -> BlockHarness { try BlockHarness(try backend(device, .fp16), shape, slots: 4) }
      let expected = try harness().logits(rows: 4, prompt: shape.prompt, team: device.computeUnits)
      let text = KernelSource.simdBlock.text
      let broken = text.replacing("!*gaveUp &&", with: "!*gaveUp && a->M != 3 &&")
      try #require(broken.count > text.count)
      try KernelLibrary.$replacements.withValue([.simdBlock: broken]) {
        let bench = try harness()
        let logits = try bench.logits(rows: 3, prompt: shape.prompt, team: device.computeUnits)
        #expect(logits.allSatisfy { $0.allSatisfy(\.isNaN) })
        #expect(try bench.logits(rows: 4, prompt: shape.prompt, team: device.computeUnits) == expected)
      }
    }
  }
}
