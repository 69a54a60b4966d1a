internal import OpenCL

/// A step's rows on the device, and how the kernels cut them.
final class StepRows {
  /// (M) of int4: slot, position, token, unused.
  let rows: Buffer<SIMD4<Int32>>
  /// (R) the rows whose logits are wanted.
  let outputs: Buffer<Int32>
  /// (tiles) of int4: first row, rows, slot, first position; prompts' tiles first, then single rows.
  let tiles: Buffer<SIMD4<Int32>>

  private(set) var rowCount = 0
  private(set) var outputCount = 0
  private(set) var tallTiles = 0
  private(set) var singleTiles = 0
  private(set) var lastSamples: Buffer<Int32>?

  /// Rows that a tile of the attention kernel shares loads between.
  static let tileHeight = 4
  private let capacity: Int

  init(_ context: Context, capacity: Int) throws {
    self.capacity = capacity
    rows = try Buffer(context, count: capacity, access: .readOnly)
    outputs = try Buffer(context, count: capacity, access: .readOnly)
    tiles = try Buffer(context, count: capacity, access: .readOnly)
  }
}
