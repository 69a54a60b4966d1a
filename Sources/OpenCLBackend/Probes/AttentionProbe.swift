internal import Backend
internal import Kernels
internal import OpenCL

/// Tries attention on tensor cores on a device: rows of which each has one position that gets all the weight, so that
/// the right numbers are that position's values.
struct AttentionProbe {
  let unit: DotUnit

  private static let (heads, headSize, positions) = (2, 64, 81)
  /// Rows that follow one another, across a page's edge, as tiles; and one behind them, alone.
  private static let (together, alone) = (60..<80, 80)
  private static let pages = KeyValuePage.count(positions: positions)

  /// Why attention is not right; nil where it is.
  func fault(_ launcher: KernelLauncher) throws -> String? {
    let (context, size) = (launcher.queue.context, Self.headSize)
    let first = Self.together.lowerBound, count = Self.positions - first
    let columns = 3 * Self.heads * size
    let qkv = (first..<Self.positions).flatMap { position in
      (0..<3).flatMap { kind in
        (0..<Self.heads).flatMap { head in
          (0..<size).map { channel in
            switch kind {
            case 0: Float(size) * key(chosen(by: position, head), head, channel)
            case 1: key(position, head, channel)
            default: value(position, head, channel)
            }
          }
        }
      }
    }
    let rows = (first..<Self.positions).map { SIMD4(0, Int32($0), 0, $0 == Self.alone ? 1 : 0) }
    let tall = SIMTAttention.tallTile
    let tiles = [0, tall].map { SIMD4(Int32($0), Int32(min(tall, Self.together.count - $0)), 0, Int32(first + $0)) }
    let single = SIMD4(Int32(Self.together.count), 1, 0, Int32(Self.alone))
    func buffer<Element>(_ elements: [Element]) throws -> Buffer<Element> {
      let buffer = try Buffer<Element>(context, count: elements.count)
      try launcher.queue.enqueueWrite(elements, to: buffer)
      return buffer
    }
    let keys = try buffer(cached(key)), values = try buffer(cached(value))
    let (inputs, steps, cut) = (try buffer(qkv), try buffer(rows), try buffer(tiles + [single]))
    let (table, ended) = (try buffer((0..<Int32(Self.pages)).reversed()), try buffer([0 as Int32]))
    let (found, arrivals) = (try Buffer<Float>(context, count: 1), try Buffer<Int32>(context, count: 1, zeroed: true))
    let y = try Buffer<Float>(context, count: count * Self.heads * size, zeroed: true)
    let (heads, pages, stride, scale) =
      (Int32(Self.heads), Int32(Self.pages), Int32(Self.heads * size), 1 / Float(size).squareRoot())
    let ofTiles = SIMTAttention(.attendTileOnTensorCores(unit), headSize: size)
    try launcher.run(
      ofTiles, global: NDRange(ofTiles.groupSize, Self.heads, tiles.count), local: NDRange(ofTiles.groupSize),
      Input(inputs), Input(cut), Input(table), Input(keys), Input(values), InputOutput(found), InputOutput(arrivals),
      Output(y), 0 as Int32, heads, pages, Int32(ofTiles.pages), Int32(columns), stride, scale)
    let ofRow = SIMTAttention(.attendOnTensorCores(unit, pages: 2), headSize: size)
    try launcher.run(
      ofRow, global: NDRange(ofRow.groupSize, Self.heads, 1), local: NDRange(ofRow.groupSize), Input(inputs),
      Input(steps), Input(cut), Input(table), Input(ended), InputOutput(keys), InputOutput(values), InputOutput(found),
      InputOutput(arrivals), Input(keys), Output(y), Int32(tiles.count), 1 as Int32, heads, pages, Int32(ofRow.pages),
      Int32(columns), stride, 0 as Int32, scale, 0 as Int32, 0 as Int32)
    let numbers = try launcher.queue.read(y, count: count * Self.heads * size)
    for (index, number) in numbers.enumerated() {
      let (row, head, channel) = (index / (Self.heads * size), index / size % Self.heads, index % size)
      let right = value(chosen(by: first + row, head), head, channel)
      if !(abs(number - right) < 0.25) { return "its attention gives wrong numbers: \(number) where \(right) is right" }
    }
    return nil
  }

  /// A position that a row at `position` may attend to.
  private func chosen(by position: Int, _ head: Int) -> Int {
    position == Self.alone && head == 0 ? position : (7 * position + 5 * head) % (position + 1)
  }

  /// 1 or -1: of two positions at most half of the channels agree by more than those that do not.
  private func key(_ position: Int, _ head: Int, _ channel: Int) -> Float {
    var bits = UInt32((position * Self.heads + head) * Self.headSize + channel) &* 0x9E37_79B1
    bits = (bits ^ bits >> 15) &* 0x85EB_CA6B
    return (bits ^ bits >> 13) & 1 == 0 ? 1 : -1
  }

  /// A whole number that fp16 holds.
  private func value(_ position: Int, _ head: Int, _ channel: Int) -> Float {
    Float((37 * position + 11 * channel + 501 * head) % 1999 - 999)
  }

  /// The pages of keys or values, the last position's first, in fp16; NaN behind the rows that follow one another.
  private func cached(_ number: (Int, Int, Int) -> Float) -> [UInt16] {
    (0..<Self.pages).reversed().flatMap { page in
      (0..<Self.heads).flatMap { head in
        (0..<KeyValuePage.length).flatMap { place in
          (0..<Self.headSize).map { channel in
            let position = page * KeyValuePage.length + place
            let x = position < Self.together.upperBound ? number(position, head, channel) : .nan
            return Float16(x).bitPattern
          }
        }
      }
    }
  }
}
