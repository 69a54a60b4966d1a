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
    private static let sizes = [1, 3, 17, 65, 127, 257, 768, 3072]
    /// Those for which every tile is tried: each is a kernel to compile.
    private static let sizesOfTiles = [3, 65, 257, 768]

    /// Equals, to the bit, a product of rows that kernels of their own quantize, in either kernel, and is near the
    /// reference.
    @Test(arguments: cases)
    func rowsOfProductsThatMakeTheirOperands(_ row: BackendCase) throws {
      guard let backend = try row.backend as? OpenCLBackend else { return }
      let bench = try OperationHarness(backend)
      let n = 33
      for k in row.isSimulated ? [1, 3, 65, 129] : Tier.isFull ? Self.sizes : Self.sizesOfTiles {
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
        let apart = try withSettings(of: backend, fuses: false) { try results(9) }
        for height in row.isSimulated ? [1, 3, 9] : Tier.isFull ? Self.heights : [1, 3, 8, 9] {
          let expected = apart.map { Array($0[..<(height * n)]) }
          #expect(try results(height) == expected, "M \(height), K \(k)")
          let unfused = try withSettings(of: backend, fuses: false) { try results(height) }
          #expect(unfused == expected, "M \(height), K \(k), apart")
        }
        for tile in row.isSimulated ? [Self.tiles[0]] : Self.sizesOfTiles.contains(k) ? Self.tiles : [] {
          for fuses in [true, false] {
            let found = try withSettings(of: backend, fuses: fuses, tile) { try results(3) }
            #expect(found == apart.map { Array($0[..<(3 * n)]) }, "K \(k), \(tile), fuses \(fuses)")
          }
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

    /// Tiles that no device here would choose: fewer rows than there are, half panels, shared sums, more groups than slices.
    private static let tiles: [SIMTTile] = [
      (4, 32, 1, 2, 8), (4, 32, 3, 1, 4), (2, 16, 2, 3, 8), (1, 8, 5, 5, 8), (8, 32, 1, 40, 4), (2, 32, 2, 12, 4),
    ].map { (height, width, slices, split, flight) in
      var tile = SIMTTile(height: height)
      (tile.width, tile.slices, tile.split, tile.flight) = (width, slices, split, flight)
      return tile
    }

    /// What a work-group takes is what the source declares and what is bound, within every limit; and units have work.
    @Test(arguments: Precision.allCases)
    func tilesAreWithinLimits(_ precision: Precision) {
      let layout = PackedLayout(precision, .simt, .portable)
      for (units, groupSize, localMemory) in [(1, 64, 16), (132, 1024, 48), (36, 256, 64), (132, 128, 32)] {
        var limits = SIMTLimits(computeUnits: units)
        (limits.groupSize, limits.localMemory) = (groupSize, localMemory << 10)
        for k in [1, 63, 768, 1024, 1280, 1600, 3072, 4096, 5120, 6400, 100_000] {
          let sum = SIMTSum(layout, k: k)
          #expect(sum.slices * sum.sliceParts * sum.partSteps >= sum.steps)
          for n in [1, 768, 1600, 6400, 50257] {
            for rows in 1...8 {
              let panels = PackedLayout.panels(n)
              let tile = SIMTTile(rows: rows, panels: panels, sum: sum, layout: layout, limits: limits)
              #expect(tile.height >= rows && 1...sum.slices ~= tile.split && 1...sum.slices ~= tile.slices)
              #expect(tile.groupSize(layout) <= min(256, groupSize))
              if k < 10_000 { #expect(tile.localMemory(layout, sum) <= localMemory << 10, "K \(k), \(tile)") }
              #expect(tile.groupsAcross(panels) * tile.split <= max(panels, 4 * units))
            }
          }
        }
      }
    }

    /// GPT-2's products of one row leave no unit of an H100 idle, at any size.
    @Test(arguments: Precision.allCases)
    func oneRowFillsAnH100(_ precision: Precision) {
      let layout = PackedLayout(precision, .simt, .portable)
      for c in [768, 1024, 1280, 1600] {
        for (k, n) in [(c, 3 * c), (c, c), (c, 4 * c), (4 * c, c), (c, 50257)] {
          let panels = PackedLayout.panels(n)
          let tile = SIMTTile(
            rows: 1, panels: panels, sum: SIMTSum(layout, k: k), layout: layout, limits: SIMTLimits(computeUnits: 132))
          #expect(tile.groupsAcross(panels) * tile.split >= 132, "\(k) × \(n): \(tile)")
        }
      }
    }

    /// The driver counts as much local memory as the host does: PoCL, that is. rusticl's numbers are larger.
    @Test(arguments: cases.filter { !$0.isSimulated })
    func localMemoryIsTheKernels(_ row: BackendCase) throws {
      guard let backend = try row.backend as? OpenCLBackend, backend.device.platformName != "rusticl" else { return }
      let sum = SIMTSum(backend.layout, k: 768)
      for tile in Self.tiles {
        let kernel = SIMTLinear(
          tile, k: 768, layout: backend.layout, unit: .portable, activation: .geluTanh, takesQuantized: false)
        let declared = try backend.launcher.library.kernel(kernel).localMemory
        let whole = tile.localMemory(backend.layout, sum)
        #expect(declared + tile.operandMemory(backend.layout, sum) <= whole && declared > 0, "\(tile)")
      }
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

    private func withSettings<Result>(
      of backend: OpenCLBackend, fuses: Bool, _ tile: SIMTTile? = nil, _ body: () throws -> Result
    ) throws -> Result {
      let kernels = try #require(backend.kernels as? SIMTKernels)
      let before = (kernels.fuses, kernels.forcedTile)
      defer { (kernels.fuses, kernels.forcedTile) = before }
      (kernels.fuses, kernels.forcedTile) = (fuses, tile)
      return try body()
    }
  }
}
