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

    private static let shapes = [BlockShape.whole, .odd]

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
      let declared = try blockArguments(of: .simdBlock)
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
        let bench = try BlockHarness(try backend(device, .fp16), BlockShape.odd, slots: 4)
        let logits = try bench.logits(rows: 4, prompt: BlockShape.odd.prompt, team: device.computeUnits)
        #expect(logits.allSatisfy { $0.allSatisfy(\.isNaN) })
      }
    }

    /// A step that gave up spoils no later one.
    @Test(arguments: devices.filter { !$0.isSimulated })
    func workGoesOnAfterGivingUp(device: Device) throws {
      let shape = BlockShape.odd
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
