internal import Backend
internal import OpenCL

/// A step's rows on the device, and how the kernels cut them.
final class StepRows {
  /// (M) of int4: slot, position, token, not 0 where attention of single rows appends the row itself.
  let rows: Buffer<SIMD4<Int32>>
  /// (R) the rows whose logits are wanted.
  let outputs: Buffer<Int32>
  /// (tiles) of int4: first row, rows, slot, first position; those of one row first, then the taller, then one a row
  /// whose logits are wanted.
  let tiles: Buffer<SIMD4<Int32>>

  /// How many rows of each kind there are: the launches of a step depend on nothing else.
  struct Shape: Hashable {
    var rowCount = 0
    /// Whether there are rows that attention does not append itself.
    var needsAppending = false
    /// The tiles of one row.
    var singles = 0..<0
    /// The tiles of more, which share the keys and values they load.
    var tall = 0..<0
    /// The tiles of the rows whose logits are wanted.
    var wanted = 0..<0
    /// Pages of the context that the row with the most attends to.
    var pages = 0

    /// Whether all logits are wanted, and rows gain nothing from sharing the keys and values they load: each is its
    /// sequence's last sample and puts its own key and value into the cache, or there are few.
    var isShort: Bool { rowCount > 0 && wanted.count == rowCount && (!needsAppending || rowCount <= Self.few) }

    /// The most rows with others of their sequence among them, such as guesses that are checked.
    private static let few = 32
  }

  private(set) var shape = Shape()

  private let queue: CommandQueue
  /// The most rows of a step.
  let capacity: Int

  init(_ queue: CommandQueue, capacity: Int) throws {
    self.queue = queue
    self.capacity = capacity
    rows = try Buffer(queue.context, count: capacity, access: .readOnly)
    outputs = try Buffer(queue.context, count: capacity, access: .readOnly)
    tiles = try Buffer(queue.context, count: 2 * capacity, access: .readOnly)
  }

  /// Sends a step's rows to the device, cut into tiles of at most `tileHeight`.
  func load(_ step: Step, tileHeight: Int) throws {
    guard step.rows.count <= capacity else {
      throw StepError(rows: step.rows.count, capacity: capacity)
    }
    var cut = step.tiles(height: tileHeight)
    let firstTall = cut.partition { $0.count > 1 }
    // A last sample is the only row of its slot. It must be among the rows that attention computes in every layer.
    var appendsItself = Array(repeating: false, count: step.rows.count)
    for row in step.outputs where step.rows[Int(row)].token == Step.Row.lastSample { appendsItself[Int(row)] = true }
    for tile in cut[firstTall...] {
      for row in tile.firstRow..<tile.firstRow + tile.count { appendsItself[row] = false }
    }
    let longest = Int(step.rows.map(\.position).max() ?? -1) + 1
    shape = Shape(
      rowCount: step.rows.count, needsAppending: appendsItself.contains(false), singles: 0..<firstTall,
      tall: firstTall..<cut.count, wanted: cut.count..<cut.count + step.outputs.count,
      pages: KeyValuePage.count(positions: longest))

    cut += step.outputs.map { Step.Tile(firstRow: Int($0), count: 1) }
    try queue.enqueueWrite(
      zip(step.rows, appendsItself).map { SIMD4($0.slot, $0.position, $0.token, $1 ? 1 : 0) }, to: rows)
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
