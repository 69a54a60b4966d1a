internal import OpenCL

/// A step's rows on the device, and how the kernels cut them.
final class StepRows {
  /// (M) of int4: slot, position, token, unused.
  let rows: Buffer<SIMD4<Int32>>
  /// (R) the rows whose logits are wanted.
  let outputs: Buffer<Int32>
  /// (tiles) of int4: first row, rows, slot, first position; those of one row first.
  let tiles: Buffer<SIMD4<Int32>>

  private(set) var rowCount = 0
  private(set) var outputCount = 0
  /// The tiles of one row.
  private(set) var singles = 0..<0
  /// The tiles of more, which share the keys and values they load.
  private(set) var tall = 0..<0

  /// The positions that the row with the most attends to.
  private(set) var longest = 0

  private let queue: CommandQueue
  /// The most rows of a tile.
  private let tileHeight: Int
  /// The most rows of a step.
  let capacity: Int

  init(_ queue: CommandQueue, capacity: Int, tileHeight: Int) throws {
    self.queue = queue
    self.tileHeight = tileHeight
    self.capacity = capacity
    rows = try Buffer(queue.context, count: capacity, access: .readOnly)
    outputs = try Buffer(queue.context, count: capacity, access: .readOnly)
    tiles = try Buffer(queue.context, count: capacity, access: .readOnly)
  }

  /// Sends a step's rows to the device.
  func load(_ step: Step) throws {
    guard step.rows.count <= capacity else {
      throw StepError(rows: step.rows.count, capacity: capacity)
    }
    var cut = step.tiles(height: tileHeight)
    let firstTall = cut.partition { $0.count > 1 }
    rowCount = step.rows.count
    outputCount = step.outputs.count
    longest = Int(step.rows.map(\.position).max() ?? -1) + 1
    (singles, tall) = (0..<firstTall, firstTall..<cut.count)
    try queue.enqueueWrite(step.rows.map { SIMD4($0.slot, $0.position, $0.token, 0) }, to: rows)
    try queue.enqueueWrite(step.outputs, to: outputs)
    try queue.enqueueWrite(
      cut.map { tile in
        let row = step.rows[tile.firstRow]
        return SIMD4(Int32(tile.firstRow), Int32(tile.count), row.slot, row.position)
      }, to: tiles)
  }
}

/// A step has more rows than its backend was made for.
struct StepError: Error, CustomStringConvertible {
  let rows: Int
  let capacity: Int

  var description: String { "A step of \(rows) rows, where the backend was made for \(capacity)." }
}
