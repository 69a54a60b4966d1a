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
  /// A block in one launch is, to the bit, what its operations are one by one.
  @Suite struct BlockTests {
    private static let devices = Devices.all.filter { !$0.compilesSlowly }

    /// A shape of model, and rows of a step: of one tile, of several, of a last one that is not full.
    struct Shape: Sendable {
      let checkpoint: TinyCheckpoint
      let rows: [Int]
      /// Positions behind which the first step stands.
      let prompt: Int
      /// Whether operands of all its widths are whole groups.
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
          model, limits: .init(slots: slots, length: shape.prompt + 3, rows: 256, outputs: slots, endOfText: []))
        for slot in 0..<slots {
          var step = Step()
          let tokens = (0..<shape.prompt).map { Int32(($0 * 31 + slot * 7) % 256) }
          step.append(tokens, slot: Int32(slot), firstPosition: 0, wantsLogits: .none)
          try model.forward(step, in: session)
          try backend.setLastSample(Int32(slot), slot: slot, session.slots)
        }
      }

      /// The logits of `rows` last samples, at each of three positions from `prompt` on, by a team of work-groups.
      func logits(rows: Int, prompt: Int, team: Int) throws -> [[Float]] {
        let before = backend.blockTeam
        defer { backend.blockTeam = before }
        backend.blockTeam = team
        return try (0..<3).map { offset in
          var step = Step()
          for slot in 0..<rows { step.append([Step.Row.lastSample], slot: Int32(slot), firstPosition: prompt + offset) }
          try model.forward(step, in: session)
          let logits = try backend.read(session.activations.logits, count: rows)
          if offset == 2 {
            // Whether blocks were one launch; if so, this does another, of what nobody reads any more.
            let isOne = try backend.run(model.blocks[0], session.caches[0], session.activations)
            #expect(isOne == (team > 0 && (hasWholeGroups || !backend.layout.hasOperands)))
          }
          return logits
        }
      }
    }

    private func backend(_ device: Device, _ precision: Precision) throws -> OpenCLBackend {
      try OpenCLBackend(
        device: device, precision: precision, family: .panel, maximumRows: 256, comparesArguments: true)
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
          // The simulator takes what one leaves to another for a race.
          for team in device.isSimulated ? [1] : [1, device.computeUnits, 7] {
            #expect(try bench.logits(rows: rows, prompt: shape.prompt, team: team) == expected, "\(rows) rows, \(team)")
          }
        }
      }
    }

    /// Work-groups that wait in vain give up, and what they leave cannot be taken for a text.
    @Test(arguments: devices.filter { !$0.isSimulated })
    func waitingEnds(device: Device) throws {
      let text = KernelSource.blockPanel.text
      let broken = text.replacing("atomic_add(done, count);", with: "").replacing("1000000000", with: "1000")
      try #require(broken.count < text.count - 10)
      try KernelLibrary.$replacements.withValue([.blockPanel: broken]) {
        let bench = try BlockHarness(try backend(device, .fp16), Self.shapes[1], slots: 4)
        let logits = try bench.logits(rows: 4, prompt: Self.shapes[1].prompt, team: device.computeUnits)
        #expect(logits.allSatisfy { $0.allSatisfy(\.isNaN) })
      }
    }
  }
}
