import Checkpoint
import TestSupport
import Testing

@testable import Backend
@testable import OpenCLBackend

extension BackendTests {
  /// A row's result is the same to the bit, whatever stands beside it.
  @Suite struct ReproducibilityTests {
    @Test(arguments: BackendCase.reproducible)
    func productsOfAnyNumberOfRows(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        var generator = TestGenerator(state: 7)
        let count = row.isSimulated ? 13 : 26
        for (k, n) in [(101, 65), (33, 31)] {
          let x = generator.rows(count, k)
          let norm = try bench.norm(gain: generator.vector(k), bias: generator.vector(k))
          let matrix = try bench.matrix(generator.rows(k, n), bias: generator.vector(n))
          func results(_ rows: ArraySlice<[Double]>) throws -> [UInt32] {
            let input = try bench.activations(Array(rows))
            let (inner, logits) = (
              try backend.activations(rows: rows.count, columns: n),
              try backend.activations(rows: rows.count, columns: n)
            )
            let stepRows = try bench.begin(rows: rows.count)
            try backend.normalizedLinear(input, norm, matrix, .geluTanh, stepRows, into: inner)
            try backend.linear(input, matrix, stepRows, addingTo: inner)
            try backend.head(input, norm, matrix, stepRows, into: logits)
            let (first, second) = (
              try backend.read(inner, count: rows.count), try backend.read(logits, count: rows.count)
            )
            // Row by row, the one beside the other.
            return rows.indices.flatMap { row in
              let columns = (row - rows.startIndex) * n..<(row - rows.startIndex + 1) * n
              return (first[columns] + second[columns]).map(\.bitPattern)
            }
          }
          let together = try results(x[...])
          for height in [1, 2, 3, 5, 6, 7, 8, 11, 12, 13] {
            let parts = try stride(from: 0, to: count, by: height).flatMap { first in
              try results(x[first..<min(first + height, count)])
            }
            #expect(parts == together, "K \(k), N \(n): \(height) rows at a time")
          }
        }
      }
      try body(row.backend)
    }

    /// Products of few rows and of many, whose kernels differ in the simt family: several parts of K, more rows than
    /// any tile.
    @Test(arguments: BackendCase.openCL.filter { !$0.isSimulated })
    func productsOfFewRowsAndOfMany(_ row: BackendCase) throws {
      guard (try row.backend as? OpenCLBackend)?.family == .simt else { return }
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        var generator = TestGenerator(state: 8)
        for (k, n) in [(1100, 33), (520, 130)] {
          let x = generator.rows(70, k)
          let matrix = try bench.matrix(generator.rows(k, n, scale: 0x1p-4), bias: generator.vector(n))
          func results(_ rows: ArraySlice<[Double]>) throws -> [UInt32] {
            let y = try backend.activations(rows: rows.count, columns: n)
            let stepRows = try bench.begin(rows: rows.count)
            try backend.linear(bench.activations(Array(rows)), matrix, stepRows, addingTo: y)
            return try backend.read(y, count: rows.count).map(\.bitPattern)
          }
          let together = try results(x[...])
          for height in [1, 8, 16, 33] {
            let parts = try stride(from: 0, to: x.count, by: height).flatMap { first in
              try results(x[first..<min(first + height, x.count)])
            }
            #expect(parts == together, "K \(k), N \(n): \(height) rows at a time")
          }
        }
      }
      try body(row.backend)
    }

    private static let (longContext, shortContext) = (
      AttentionScenario(heads: 3, headSize: 8, [[.init(slot: 0, rows: 8 * 64 + 37)]], seed: 14),
      AttentionScenario(heads: 1, headSize: 8, [[.init(slot: 0, rows: 64 + 9)]], seed: 15)
    )

    /// Attention to pages that many work-groups share, or few, or that one takes.
    @Test(arguments: BackendCase.openCL)
    func pagesOfOneWorkGroupOrMany(_ row: BackendCase) throws {
      guard let kernels = (try row.backend as? OpenCLBackend)?.kernels as? SIMTKernels else { return }
      let groups = kernels.attentionGroups
      defer { kernels.attentionGroups = groups }
      func body(_ backend: some Backend) throws {
        let scenario = row.isSimulated ? Self.shortContext : Self.longContext
        let long = scenario.steps[0][0]
        let count = long.qkv.count
        let bench = try OperationHarness(backend, length: count)
        func bits(_ steps: [Range<Int>]) throws -> [UInt32] {
          let cache = try bench.cache(scenario)
          return try steps.flatMap { rows in
            let part = AttentionScenario.Part(
              slot: 0, firstPosition: rows.lowerBound, qkv: Array(long.qkv[rows]), attended: [])
            let attended = try bench.attend([part], cache, scale: scenario.scale)
            expect(
              attended, near: Array(long.attended[rows]), within: row.tolerance, "positions from \(rows.lowerBound)")
            return attended.map(\.bitPattern)
          }
        }
        func cut(_ length: Int, from first: Int = 0) -> [Range<Int>] {
          stride(from: first, to: count, by: length).map { $0..<min($0 + length, count) }
        }
        kernels.attentionGroups = 0
        let whole = try bits(cut(250))
        let boundary = (row.isSimulated ? 64 : 256) - 6
        let alone = (boundary..<boundary + 12).map { $0..<$0 + 1 }
        for wanted in row.isSimulated ? [100] : [1, 12, 10_000] {
          kernels.attentionGroups = wanted
          #expect(try bits(cut(19)) == whole, "19 rows a step, \(wanted) work-groups")
          let steps = [0..<boundary] + alone + cut(99, from: boundary + 12)
          #expect(try bits(steps) == whole, "single rows, \(wanted) work-groups")
        }
      }
      try body(row.backend)
    }

    @Test(arguments: BackendCase.reproducible)
    func attentionInTilesOfAnyHeight(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        for (heads, size) in row.isSimulated ? [(1, 8)] : Tier.isFull ? [(3, 8), (2, 64), (1, 80)] : [(2, 64)] {
          // Two sequences, the one over three blocks of 64 positions.
          let count = row.isSimulated ? 70 : 133
          let channels = heads * size
          var generator = TestGenerator(state: 11)
          let (long, short) = (generator.rows(count, 3 * channels), generator.rows(20, 3 * channels))
          func part(_ qkv: [[Double]], _ rows: Range<Int>, slot: Int = 0) -> AttentionScenario.Part {
            AttentionScenario.Part(slot: slot, firstPosition: rows.lowerBound, qkv: Array(qkv[rows]), attended: [])
          }
          /// The results of the long sequence's rows, which stand behind `skipped` others in each step.
          func bits(_ steps: [[AttentionScenario.Part]], skipping skipped: Int = 0) throws -> [UInt32] {
            let cache = try bench.cache(heads: heads, headSize: size)
            return try steps.flatMap { try bench.attend($0, cache, scale: 0.125).dropFirst(skipped * channels) }
              .map(\.bitPattern)
          }
          let whole = try bits([[part(short, 0..<20, slot: 2), part(long, 0..<count)]], skipping: 20)

          let alone = try bits((0..<count).map { [part(long, $0..<$0 + 1)] })
          #expect(alone == whole, "D \(size): one row a step")

          let chunks = stride(from: 0, to: count, by: 7).map { part(long, $0..<min($0 + 7, count)) }
          #expect(try bits(chunks.map { [$0] }) == whole, "D \(size): seven rows a step")

          // Behind rows of another sequence, so that its rows stand elsewhere in the step.
          let accompanied = chunks.enumerated().map { index, chunk in
            [part(short, index..<index + 1, slot: 2), chunk]
          }
          let mixed = try bits(accompanied, skipping: 1)
          #expect(mixed == whole, "D \(size): beside another sequence")
        }
      }
      try body(row.backend)
    }

    /// Running sequences whose rows share a step, as many as there are slots, and one by one.
    @Test(arguments: BackendCase.reproducible.filter { !$0.isSimulated })
    func attentionOfManySequences(_ row: BackendCase) throws {
      func body(_ backend: some Backend) throws {
        let bench = try OperationHarness(backend)
        for (heads, size) in Tier.isFull ? [(3, 8), (17, 16)] : [(17, 16)] {
          var generator = TestGenerator(state: 12)
          let cache = try bench.cache(heads: heads, headSize: size)
          let prompts = (0..<8).map { slot in
            AttentionScenario.Part(
              slot: slot, firstPosition: 0,
              qkv: generator.rows([1, 15, 16, 47, 48, 63, 64, 130][slot], 3 * heads * size),
              attended: [])
          }
          for prompt in prompts { _ = try bench.attend([prompt], cache, scale: 0.125) }
          let rows = prompts.map { prompt in
            AttentionScenario.Part(
              slot: prompt.slot, firstPosition: prompt.qkv.count, qkv: generator.rows(1, 3 * heads * size), attended: []
            )
          }
          let together = try bench.attend(rows, cache, scale: 0.125).map(\.bitPattern)
          let alone = try rows.flatMap { try bench.attend([$0], cache, scale: 0.125).map(\.bitPattern) }
          let reversed = try bench.attend(rows.reversed(), cache, scale: 0.125).map(\.bitPattern)
          #expect(alone == together, "H \(heads)")
          let channels = heads * size
          let turned = (0..<8).flatMap { row in reversed.dropFirst((7 - row) * channels).prefix(channels) }
          #expect(turned == together, "H \(heads)")
        }
      }
      try body(row.backend)
    }
  }
}
