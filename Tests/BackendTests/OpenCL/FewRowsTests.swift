import Checkpoint
import OpenCL
import TestSupport
import Testing

@testable import Backend
@testable import Diagnosis
@testable import Engine
@testable import GPT2
@testable import OpenCLBackend

extension BackendTests {
  /// Products of few rows of the simt family, which normalize and round these themselves.
  @Suite struct FewRowsTests {
    private static let cases = BackendCase.openCL.filter { row in
      (try? row.backend as? OpenCLBackend)?.family == .simt
    }
    /// Every height of a tile, one under and over it, and one more than the kernel takes.
    private static let heights = Array(1...9)
    /// Pairs, quads, lanes of 16 and 128, runs of 16, groups of 128, and GPT-2's.
    private static let sizes = [1, 2, 3, 17, 63, 65, 127, 129, 257, 768, 1600, 3072]

    /// Equals, to the bit, a product of rows that kernels of their own quantize, in either kernel, and is near the
    /// reference.
    @Test(arguments: cases)
    func rowsOfProductsThatQuantizeThem(_ row: BackendCase) throws {
      guard let backend = try row.backend as? OpenCLBackend else { return }
      let bench = try OperationHarness(backend)
      let n = 33
      for k in row.isSimulated ? [1, 3, 65, 129] : Self.sizes {
        var generator = TestGenerator(state: UInt64(31 + k))
        let x = generator.rows(9, k)
        let (weights, bias) = (generator.rows(k, n, scale: k > 64 ? 0x1p-4 : 0x1p-1), generator.vector(n))
        let (gain, shift) = (generator.vector(k), generator.vector(k))
        let (input, matrix) = (try bench.activations(x), try bench.matrix(weights, bias: bias))
        let norm = try bench.norm(gain: gain, bias: shift)

        /// The rows of the product, of the norm's product with an activation, and of the head.
        func results(_ height: Int) throws -> [[Float]] {
          let (sum, inner, logits) = (
            try backend.activations(rows: height, columns: n), try backend.activations(rows: height, columns: n),
            try backend.activations(rows: height, columns: n)
          )
          let stepRows = try bench.begin(rows: height)
          try backend.linear(input, matrix, stepRows, addingTo: sum)
          try backend.normalizedLinear(input, norm, matrix, .geluTanh, stepRows, into: inner)
          try backend.head(input, norm, matrix, stepRows, into: logits)
          return try [sum, inner, logits].map { try backend.read($0, count: height) }
        }
        let apart = try withLocalMemory(0, of: backend) { try results(9) }
        for height in row.isSimulated ? [1, 3, 9] : Self.heights {
          let expected = apart.map { Array($0[..<(height * n)]) }
          #expect(try results(height) == expected, "M \(height), K \(k)")
          #expect(try withLocalMemory(0, of: backend) { try results(height) } == expected, "M \(height), K \(k), apart")
        }

        let stored = row.precision.stored(weights)
        let normalized = x.map {
          row.precision.quantized(Reference.layerNorm($0, gain: gain, bias: shift, epsilon: 1e-5))
        }
        let sums = normalized.map { Reference.linear($0, stored, bias: bias) }
        // A step of a number that is rounded the other way, times a weight.
        let tolerance = (k > 1000 ? 8 : 4) * row.tolerance + row.precision.roundingTolerance
        let fused = try results(8)
        expect(
          fused[0], near: x.prefix(8).map { Reference.linear(row.precision.quantized($0), stored, bias: bias) },
          within: tolerance, "K \(k)")
        expect(
          fused[1], near: sums.prefix(8).map { $0.map(Activation.geluTanh.reference) }, within: tolerance,
          "K \(k), normalized")
        expect(fused[2], near: Array(sums.prefix(8)), within: tolerance, "K \(k), head")
      }
    }

    /// Whether a kernel of its own quantizes rows depends on the local memory, to the byte, and changes no bit.
    @Test(arguments: cases.filter { !$0.isSimulated })
    func rowsThatJustFit(_ row: BackendCase) throws {
      guard let backend = try row.backend as? OpenCLBackend else { return }
      let kernel = SIMTLinear(
        rows: 3, panels: 2, computeUnits: 1, layout: backend.layout, unit: .portable,
        activation: .geluTanh)
      let least = try #require((0...65536).first { kernel.staging(rows: 3, k: 768, localMemory: $0) != nil })
      #expect(kernel.staging(rows: 3, k: 768, localMemory: least)?.stagesRows == true)
      #expect(kernel.staging(rows: 4, k: 1600, localMemory: least) == nil)
      // Three rows of 768 values, and the rest of a group's local memory.
      let bits = [Precision.fp32: 32, .fp16: 32, .bf16: 16, .int8: 8][row.precision] ?? 0
      #expect(least > 3 * 768 * bits / 8 && least < 3 * 768 * bits / 7 + 16 << 10)
      // The driver counts the local memory declared in the source; bound memory comes on top.
      let compiled = try #require(kernel.staging(rows: 3, k: 768, localMemory: least))
      #expect(try backend.launcher.library.kernel(compiled).localMemory <= 1024)
      let few = SIMTLinear(
        rows: 9, panels: 2, computeUnits: 1, layout: backend.layout, unit: .portable,
        activation: .geluTanh)
      #expect(few.staging(rows: 9, k: 1, localMemory: 65536) == nil)
    }

    /// The products of queries, keys and values, attention, and three products more, of whatever precision and context.
    @Test(arguments: cases.filter { !$0.isSimulated })
    func aLayerIsFiveLaunches(_ row: BackendCase) throws {
      guard let device = (try row.backend as? OpenCLBackend)?.device else { return }
      let profile = KernelProfile()
      let backend = try OpenCLBackend(
        device: device, precision: row.precision, family: .simt, maximumRows: 8, profile: profile)
      func launches(layers: Int, position: Int) throws -> Int {
        let checkpoint = TinyCheckpoint(seed: 1) { ($0.layerCount, $0.contextLength) = (layers, 300) }
        let model = try GPT2Model(PretrainedModel(checkpoint.files).checkpoint, on: backend)
        let session = try Session(
          model, limits: .init(slots: 8, length: 300, rows: 8, outputs: 8, endOfText: []))
        var step = Step()
        for slot in 0..<8 { step.append([Step.Row.lastSample], slot: Int32(slot), firstPosition: position) }
        profile.isActive = true
        defer { profile.isActive = false }
        try model.forward(step, in: session)
        return try profile.finish().map(\.launches).reduce(0, +)
      }
      for position in [7, 64, 299] {
        for groups in [0, 1000] {
          (backend.kernels as? SIMTKernels)?.attentionGroups = groups
          #expect(
            try launches(layers: 3, position: position) - launches(layers: 2, position: position) == 5,
            "position \(position), \(groups) work-groups of attention")
        }
      }
    }

    /// Up to how many rows that holds at GPT-2's widths, in NVIDIA's local memory and in the least that OpenCL allows:
    /// of bf16 the widest product's rows take more room than the norms' of fp16.
    @Test(arguments: [
      (Precision.fp32, 49152, [8, 8, 8, 7]), (.fp32, 32768, [8, 7, 6, 4]), (.fp16, 49152, [8, 8, 8, 7]),
      (.fp16, 32768, [8, 7, 6, 4]), (.bf16, 49152, [7, 5, 4, 3]), (.bf16, 32768, [5, 3, 3, 2]),
      (.int8, 49152, [8, 8, 7, 6]), (.int8, 32768, [8, 6, 4, 3]),
    ])
    func rowsOfFiveLaunches(_ precision: Precision, localMemory: Int, expected: [Int]) {
      let layout = PackedLayout(precision, .simt, .portable)
      func isStaged(rows: Int, k: Int, n: Int) -> Bool {
        let kernel = SIMTLinear(
          rows: rows, panels: PackedLayout.panels(n), computeUnits: 132, layout: layout,
          unit: .portable, activation: .geluTanh)
        return kernel.staging(rows: rows, k: k, localMemory: localMemory) != nil
      }
      func isFiveLaunches(_ c: Int, rows: Int) -> Bool {
        let normalized = isStaged(rows: rows, k: c, n: 3 * c) && isStaged(rows: rows, k: c, n: 4 * c)
        // Other rows are multiplied as they are, where these are not rounded.
        return normalized
          && (!layout.quantizesRows || isStaged(rows: rows, k: c, n: c) && isStaged(rows: rows, k: 4 * c, n: c))
      }
      let most = [768, 1024, 1280, 1600].map { c in
        Array(1...9).prefix { isFiveLaunches(c, rows: $0) }.count
      }
      #expect(most == expected)
    }

    private func withLocalMemory<Result>(
      _ bytes: Int, of backend: OpenCLBackend, _ body: () throws -> Result
    ) throws -> Result {
      let kernels = try #require(backend.kernels as? SIMTKernels)
      let localMemory = kernels.localMemory
      defer { kernels.localMemory = localMemory }
      kernels.localMemory = bytes
      return try body()
    }
  }
}
