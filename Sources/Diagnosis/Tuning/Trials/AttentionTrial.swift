internal import Backend
internal import OpenCL
internal import OpenCLBackend

/// Attention of sequences that decode, at the end of a context of some pages.
struct AttentionTrial: TuningTrial {
  private let backend: OpenCLBackend
  private let slots: DeviceSlots
  private let cache: DeviceCache
  private let qkv: DeviceActivations
  private let y: DeviceActivations
  private let rows: Int
  private let pages: Int

  /// Pages of a long context; fewer where so many sequences would take too much memory.
  private static let mostPages = 10
  private static let mostBytes = 256 << 20

  init(_ bench: OperationBench<OpenCLBackend>, rows: Int, heads: Int, headSize: Int) throws {
    backend = bench.backend
    self.rows = rows
    let bytes = 2 * rows * backend.pageByteCount(heads: heads, headSize: headSize)
    pages = max(1, min(Self.mostPages, Self.mostBytes / max(bytes, 1)))
    slots = try backend.slots(
      count: rows, length: pages * KeyValuePage.length, vocabularySize: 1, endOfText: [])
    // A sequence's pages lie apart from one another.
    for slot in 0..<rows {
      try backend.setPages((0..<pages).map { Int32($0 * rows + slot) }, slot: slot, slots)
    }
    cache = try backend.cache(pages: rows * pages, heads: heads, headSize: headSize)
    for (seed, buffer) in [cache.keys, cache.values].enumerated() {
      try backend.queue.write(
        Self.numbers(buffer.count, seed: seed, bitWidth: backend.precision.cacheBitWidth), to: buffer)
    }
    var numbers = SampleNumbers(seed: rows)
    qkv = try bench.activations(numbers.rows(rows, 3 * heads * headSize))
    y = try backend.activations(rows: rows, columns: heads * headSize)
    // Each leaves its own key and value, which the others see.
    for position in positions { try enqueue(position: position) }
  }

  /// The last of all pages, and one in the midst of the last page.
  private var positions: [Int] { [pages * KeyValuePage.length - 1, (pages - 1) * KeyValuePage.length + 5] }

  /// Keys or values: numbers between -1 and 1 as the cache holds them.
  private static func numbers(_ count: Int, seed: Int, bitWidth: Int) -> [Stored] {
    var numbers = SampleNumbers(seed: seed)
    return (0..<count).map { index in
      let bits = numbers.next()
      let number = Float(Int32(truncatingIfNeeded: bits)) * 0x1p-31
      // Of fp32 a number's lower half comes first, and may be anything.
      let half = bitWidth == 16 ? Float16(number).bitPattern : UInt16(truncatingIfNeeded: number.bitPattern >> 16)
      return Stored(bits: bitWidth == 32 && index % 2 == 0 ? UInt16(truncatingIfNeeded: bits >> 40) : half)
    }
  }

  func enqueue(round: Int) throws { try enqueue(position: positions[0]) }

  private func enqueue(position: Int) throws {
    var step = Step()
    for slot in 0..<rows { step.append([Step.Row.lastSample], slot: Int32(slot), firstPosition: position) }
    try backend.attention(qkv, cache, scale: 0.125, try backend.begin(step, slots), into: y)
  }

  func numbers() throws -> [[UInt32]] {
    try positions.map { position in
      try backend.queue.fill(y.floats, with: 0.5)
      try enqueue(position: position)
      return try backend.read(y, count: rows).map(\.bitPattern)
    }
  }
}
