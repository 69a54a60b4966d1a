import Kernels
import OpenCL
import TestSupport
import Testing

@testable import Backend
@testable import Checkpoint
@testable import OpenCLBackend

extension BackendTests {
  /// A block of simt/block.cl in one launch equals, to the bit, its operations one by one.
  @Suite struct SIMTBlockTests {
    /// Its compiler takes 10 to 30 s for a kernel of so many barriers.
    private static let devices = Devices.quick.filter { $0.platformName.contains("Portable Computing Language") }
    /// Processors' caches agree, so that any fence is one of the device.
    private static let block = KernelSource.simtBlock.text.replacing("#if !HAS_DEVICE_FENCE", with: "#if 0")

    private func backend(_ device: Device, _ precision: Precision) throws -> OpenCLBackend {
      try OpenCLBackend(
        device: device, precision: precision, family: .simt, maximumRows: 256, comparesArguments: true)
    }

    /// The doctor compares all precisions on the emulated GPU.
    @Test(arguments: devices, Tier.isFull ? [.fp16, .int4] : [Precision.fp16])
    func isWhatItsOperationsAre(device: Device, precision: Precision) throws {
      let shapes = Tier.isFull && precision == .fp16 ? [BlockShape.whole, .odd] : [.whole]
      for shape in shapes {
        try KernelLibrary.$replacements.withValue([.simtBlock: Self.block]) {
          let bench = try BlockHarness(try backend(device, precision), shape, slots: 4)
          for rows in [3, 4] {  // of one kernel
            let expected = try bench.logits(rows: rows, prompt: shape.prompt, team: 0)
            // Alone; as many as there are cores; more than run at a time, of which some come when all is done.
            for team in [1, device.computeUnits, 65] {
              #expect(
                try bench.logits(rows: rows, prompt: shape.prompt, team: team) == expected, "\(rows) rows, \(team)")
            }
          }
          let expected = try bench.logits(guesses: [1, 2], prompt: shape.prompt, team: 0)
          #expect(try bench.logits(guesses: [1, 2], prompt: shape.prompt, team: 2) == expected)
        }
      }
    }

    /// Host and kernel agree on where each number lies: the kernel's structure has no gaps, and so has the host's.
    @Test func argumentsAreTheKernels() throws {
      let declared = try blockArguments(of: .simtBlock)
      let arguments = SIMTBlockArguments(
        rows: 0, channels: 1, innerChannels: 2, heads: 3, blocks: 4, xStride: 5, qkvStride: 6, attendedStride: 7,
        innerStride: 8, inputSplit: 9, outputSplit: 10, expansionSplit: 11, contractionSplit: 12, channelHalves: 13,
        innerHalves: 14, team: 15, firstTile: 16, pagesEach: 17, chunks: 18, followingFirst: 19, followingCount: 20,
        productArrivals: 21, attentionArrivals: 22, scale: 23, attentionEpsilon: 24, feedForwardEpsilon: 25)
      let fields = Array(Mirror(reflecting: arguments).children)
      #expect(fields.map { "\(type(of: $0.value))" } == declared.map(\.type))
      let same = zip(fields, declared).filter { $0.1.name.count > 1 }
      #expect(same.allSatisfy { $0.label == $1.name } && same.count == 21)
      #expect(MemoryLayout<SIMTBlockArguments>.size == 4 * declared.count && declared.count == 26)
    }

    /// Work-groups that wait in vain give up, their results cannot be taken for a text, and no later step is spoilt.
    @Test(arguments: devices)
    func waitingEnds(device: Device) throws {
      let shape = BlockShape.whole
      // Of steps of three rows, what is done is counted where nobody looks.
      let broken = Self.block.replacing("  announce(", with: "  announce(a.M == 3 ? progress + 1 : ")
      try #require(broken.count > Self.block.count)
      func harness() throws -> BlockHarness { try BlockHarness(try backend(device, .fp16), shape, slots: 4) }
      let expected = try harness().logits(rows: 4, prompt: shape.prompt, team: 0)
      try KernelLibrary.$replacements.withValue([.simtBlock: "#define PATIENCE 100000\n" + broken]) {
        let bench = try harness()
        let logits = try bench.logits(rows: 3, prompt: shape.prompt, team: device.computeUnits)
        #expect(logits.allSatisfy { $0.allSatisfy(\.isNaN) })
        #expect(try bench.logits(rows: 4, prompt: shape.prompt, team: 1) == expected)
      }
    }
  }
}
