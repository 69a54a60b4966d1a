import Testing

@testable import Backend
@testable import OpenCLBackend

/// What can be chosen of products on tensor cores.
struct TensorTileTests {
  /// A model's width, and its products' K and N.
  private static let shapes = [768, 1600].flatMap { c in
    [(c, 3 * c), (c, c), (c, 4 * c), (4 * c, c), (c, 50257)]
  }

  /// Every choice that is one dial away from the usual one is a tile that a compute unit has room for, with work for
  /// each group.
  @Test(arguments: [Precision.fp16, .bf16, .int8])
  func choicesFit(_ precision: Precision) throws {
    for (k, n) in Self.shapes {
      for rows in [1, 8, 16, 64, 128, 512] {
        let space = SIMTTensorTile.space(rows: rows, k: k, n: n, precision, computeUnits: 132)
        #expect(space.contains(space.usual), "\(k) × \(n): \(space.usual)")
        let others = space.parameters.flatMap { space.choices(varying: $0, of: space.usual) }
        #expect(!others.isEmpty, "\(k) × \(n), \(rows) rows")
        for choice in [space.usual] + others {
          let tile = try #require(SIMTTensorTile(choice, rows: rows, k: k, precision: precision))
          #expect(tile.sharesK == SIMTTensorTile.fewRows.contains(rows))
          guard tile.sharesK else {
            #expect(32 * tile.width * tile.stages + 128 * tile.height <= 48 << 10, "\(choice)")
            continue
          }
          let (warps, norms) = (tile.groupSize / 32, (tile.stages + 1) / 2)
          let part = SIMTTensorTile.partSize(precision)
          let parts = SIMTTensorTile.parts(k, precision), share = (parts + tile.split - 1) / tile.split
          #expect((tile.split - 1) * share < parts && warps <= share, "\(choice)")
          #expect(warps * tile.height * tile.width <= 2048 && tile.groupSize <= 512, "\(choice)")
          #expect(warps * (64 * tile.width * tile.stages + 8 * part * norms) + 9216 <= 48 << 10, "\(choice)")
        }
      }
    }
  }

  /// A choice is made for the most rows of a bucket, and is the same tile for all of them.
  @Test(arguments: [Precision.fp16, .bf16, .int8])
  func choicesAreForAllRowsOfABucket(_ precision: Precision) {
    for most in [1, 2, 4, 8, 16, 32, 64, 128, 512] {
      let choice = SIMTTensorTile.space(rows: most, k: 3072, n: 768, precision, computeUnits: 132).usual
      let tile = SIMTTensorTile(choice, rows: most, k: 3072, precision: precision)
      for rows in most / 2 + 1...most {
        #expect(TunedOperation.bucket(rows) == most)
        #expect(SIMTTensorTile(choice, rows: rows, k: 3072, precision: precision) == tile, "\(rows) of \(most)")
        #expect(tile?.sharesK == SIMTTensorTile.fewRows.contains(rows))
      }
    }
  }

  /// The usual choice is the usual tile, and what no kernel takes is no choice.
  @Test func choicesAreTiles() {
    for rows in [1, 16, 512] {
      let usual = SIMTTensorTile(
        rows: rows, panels: 24, k: 3072, computeUnits: 132, precision: .fp16,
        sharesK: SIMTTensorTile.fewRows.contains(rows))
      let space = SIMTTensorTile.space(rows: rows, k: 3072, n: 768, .fp16, computeUnits: 132)
      #expect(SIMTTensorTile(space.usual, rows: rows, k: 3072, precision: .fp16) == usual)
      for wrong in [
        [.width: 48], [.width: 64, .height: 128], [.width: 16, .slices: 40, .split: 1],
        [.width: 16, .slices: 4, .split: 48],
      ] as [[TuningParameter: Int]] {
        #expect(!space.contains(TuningChoice(wrong)), "\(wrong)")
      }
    }
  }
}
