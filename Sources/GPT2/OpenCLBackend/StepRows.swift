internal import OpenCL

/// A step's rows on the device, and how the kernels cut them.
final class StepRows {
  /// (M) of int4: slot, position, token, not 0 where attention of single rows appends the row itself.
  let rows: Buffer<SIMD4<Int32>>
  /// (R) the rows whose logits are wanted.
  let outputs: Buffer<Int32>
  /// (tiles) of int4: first row, rows, slot, first position; those of one row first, then the taller, then, once the
  /// step is narrow, one a row whose logits are wanted.
  let tiles: Buffer<SIMD4<Int32>>

  private(set) var rowCount = 0
  /// Whether only the rows whose logits are wanted are computed by now.
  private(set) var isNarrow = false
  /// The rows that are computed.
  var activeCount: Int { isNarrow ? wanted.count : rowCount }
  /// Whether there are rows that attention does not append itself.
  private(set) var needsAppending = false
  /// The tiles of one row.
  private(set) var singles = 0..<0
  /// The tiles of more, which share the keys and values they load.
  private(set) var tall = 0..<0
  /// The tiles of the rows whose logits are wanted; there once the step is narrow.
  private(set) var wanted = 0..<0
  /// What was loaded.
  private var current = Step()

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
    tiles = try Buffer(queue.context, count: 2 * capacity, access: .readOnly)
  }

  /// Sends a step's rows to the device.
  func load(_ step: Step) throws {
    guard step.rows.count <= capacity else {
      throw StepError(rows: step.rows.count, capacity: capacity)
    }
    var cut = step.tiles(height: tileHeight)
    let firstTall = cut.partition { $0.count > 1 }
    (singles, tall) = (0..<firstTall, firstTall..<cut.count)
    wanted = cut.count..<cut.count + step.outputs.count
    rowCount = step.rows.count
    current = step
    isNarrow = false
    longest = Int(step.rows.map(\.position).max() ?? -1) + 1
    // A last sample is the only row of its slot. It must be among the rows that attention computes in every layer.
    var appendsItself = Array(repeating: false, count: rowCount)
    for row in step.outputs where step.rows[Int(row)].token == Step.Row.lastSample { appendsItself[Int(row)] = true }
    for tile in cut[tall] { for row in tile.firstRow..<tile.firstRow + tile.count { appendsItself[row] = false } }
    needsAppending = appendsItself.contains(false)
    try queue.enqueueWrite(
      zip(step.rows, appendsItself).map { SIMD4($0.slot, $0.position, $0.token, $1 ? 1 : 0) }, to: rows)
    try queue.enqueueWrite(step.outputs, to: outputs)
    try send(cut, at: 0)
  }

  /// Leaves the rows whose logits are wanted.
  func narrow() throws {
    isNarrow = true
    try send(current.outputs.map { Step.Tile(firstRow: Int($0), count: 1) }, at: wanted.lowerBound)
  }

  private func send(_ cut: [Step.Tile], at start: Int) throws {
    try queue.enqueueWrite(
      cut.map { tile in
        let row = current.rows[tile.firstRow]
        return SIMD4(Int32(tile.firstRow), Int32(tile.count), row.slot, row.position)
      }, to: tiles, at: start)
  }
}

/// A step has more rows than its backend was made for.
struct StepError: Error, CustomStringConvertible {
  let rows: Int
  let capacity: Int

  var description: String { "A step of \(rows) rows, where the backend was made for \(capacity)." }
}
