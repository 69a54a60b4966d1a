package import Backend
#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Keys and values of one layer.
package struct HostCache: Sendable {
  let keys: HostFloats  // (pages, H, 64, D)
  let values: HostFloats  // (pages, H, 64, D)
  let heads: Int
  let headSize: Int

  /// Elements of a page.
  var pageSize: Int { heads * KeyValuePage.length * headSize }

  /// Where a head of a page starts.
  func offset(page: Int32, head: Int) -> Int { (Int(page) * heads + head) * KeyValuePage.length * headSize }
}

extension CPUBackend {
  /// Rows of a prompt whose scores are computed together: bounds the memory for scores.
  private static let tileHeight = 64

  /// The machine's memory, and as many rows as it holds; 64 sequences are enough to be bound by arithmetic.
  package var limits: BackendLimits {
    BackendLimits(
      memory: Int(clamping: ProcessInfo.processInfo.physicalMemory), largestBuffer: .max, rows: .max,
      preferredBatchSize: 64)
  }

  /// Bytes that a page takes in keys or values.
  package func pageByteCount(heads: Int, headSize: Int) -> Int {
    heads * KeyValuePage.length * headSize * MemoryLayout<Float>.stride
  }

  /// Room for keys and values.
  package func cache(pages: Int, heads: Int, headSize: Int) throws -> HostCache {
    let count = pages * heads * KeyValuePage.length * headSize
    return HostCache(
      keys: try HostFloats(count: count), values: try HostFloats(count: count), heads: heads, headSize: headSize)
  }

  /// Copies a page to others.
  package func copy(_ cache: HostCache, page: Int32, to pages: [Int32]) throws {
    let size = cache.pageSize
    for target in pages {
      for floats in [cache.keys, cache.values] {
        (floats.pointer + Int(target) * size).update(from: floats.pointer + Int(page) * size, count: size)
      }
    }
  }

  /// Puts the rows' keys and values into the cache, then y[m] = the causal attention of row m.
  package func attention(
    _ qkv: HostActivations, _ cache: HostCache, scale: Float, _ rows: HostRows, into y: HostActivations
  ) throws {
    let (step, slots) = (rows.step, rows.slots)
    append(qkv, to: cache, rows)
    let tiles =
      rows.areOutputs
      ? step.outputs.enumerated().map { tile(Step.Tile(firstRow: Int($1), count: 1), rows, firstOutput: $0) }
      : step.tiles(height: Self.tileHeight).map { tile($0, rows, firstOutput: $0.firstRow) }
    let attended = tiles.filter { tile in
      let row = step.rows[tile.firstRow]
      return row.token != Step.Row.lastSample || !slots.ended[Int(row.slot)]
    }
    let (heads, blas) = (cache.heads, blas)
    // A head of a tile is written by one thread.
    let work = attended.reduce(0) { $0 + $1.count * $1.length } * cache.headSize
    Parallel.forEachChunk(of: attended.count * heads, atLeast: work < 1 << 18 ? .max : 1, pieces: 4) { range in
      for index in range {
        Self.attend(attended[index / heads], head: index % heads, qkv, cache, blas, scale: scale, into: y)
      }
    }
  }

  private func tile(_ tile: Step.Tile, _ rows: HostRows, firstOutput: Int) -> Tile {
    let row = rows.step.rows[tile.firstRow]
    return Tile(
      firstRow: tile.firstRow, count: tile.count, firstOutput: firstOutput, length: Int(row.position) + tile.count,
      pages: rows.slots.pages[Int(row.slot)])
  }

  private func append(_ qkv: HostActivations, to cache: HostCache, _ rows: HostRows) {
    let (size, channels) = (cache.headSize, cache.heads * cache.headSize)
    for (m, row) in rows.step.rows.enumerated() {
      let (block, position) = Int(row.position).quotientAndRemainder(dividingBy: KeyValuePage.length)
      let page = rows.slots.pages[Int(row.slot)][block]
      for head in 0..<cache.heads {
        let to = cache.offset(page: page, head: head) + position * size
        let key = qkv.row(m) + channels + head * size
        (cache.keys.pointer + to).update(from: key, count: size)
        (cache.values.pointer + to).update(from: key + channels, count: size)
      }
    }
  }
}

extension CPUBackend {
  /// Rows of one slot at consecutive positions.
  private struct Tile {
    let firstRow: Int
    let count: Int
    /// The row of y that the first becomes.
    let firstOutput: Int
    /// Keys that the last row sees.
    let length: Int
    let pages: [Int32]

    /// Keys of each block of positions.
    func count(block: Int) -> Int { min(KeyValuePage.length, length - block * KeyValuePage.length) }
    var blocks: Range<Int> { 0..<KeyValuePage.count(positions: length) }
  }

  /// Keys and values of consecutive positions.
  private struct Piece {
    let first: Int
    let count: Int
    let keys: UnsafePointer<Float>  // (count, D)
    let values: UnsafePointer<Float>  // (count, D)
  }

  /// One head of a tile's rows: softmax(scale · Q Kᵀ) V.
  private static func attend(
    _ tile: Tile, head: Int, _ qkv: HostActivations, _ cache: HostCache, _ blas: BLAS, scale: Float,
    into y: HostActivations
  ) {
    let size = cache.headSize
    let queries = BLAS.Matrix(elements: UnsafePointer(qkv.row(tile.firstRow) + head * size), stride: qkv.columns)
    withPieces(of: tile, head: head, cache) { pieces in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: tile.count * tile.length) { scores in
        guard let base = scores.baseAddress else { return }
        for piece in pieces {
          blas.multiplyAlone(
            m: tile.count, n: piece.count, k: size, queries,
            BLAS.Matrix(elements: piece.keys, stride: size, isTransposed: true), alpha: scale, beta: 0,
            into: base + piece.first, stride: tile.length)
        }
        for m in 0..<tile.count {
          softmax(
            UnsafeMutableBufferPointer(start: base + m * tile.length, count: tile.length),
            seen: tile.length - tile.count + m + 1)
        }
        for piece in pieces {
          blas.multiplyAlone(
            m: tile.count, n: size, k: piece.count,
            BLAS.Matrix(elements: UnsafePointer(base + piece.first), stride: tile.length),
            BLAS.Matrix(elements: piece.values, stride: size), beta: piece.first == 0 ? 0 : 1,
            into: y.row(tile.firstOutput) + head * size, stride: y.columns)
        }
      }
    }
  }

  /// Calls `body` with a head's keys and values: page by page where a vector meets them, which reads them once; in one
  /// piece, gathered, where a matrix does.
  private static func withPieces(of tile: Tile, head: Int, _ cache: HostCache, _ body: ([Piece]) -> Void) {
    let size = cache.headSize
    let pages = tile.blocks.map { block in
      let offset = cache.offset(page: tile.pages[block], head: head)
      return Piece(
        first: block * KeyValuePage.length, count: tile.count(block: block), keys: cache.keys.pointer + offset,
        values: cache.values.pointer + offset)
    }
    if tile.count <= BLAS.mostRowsByVector || pages.count == 1 { return body(pages) }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * tile.length * size) { gathered in
      guard let keys = gathered.baseAddress else { return }
      let values = keys + tile.length * size
      for page in pages {
        (keys + page.first * size).update(from: page.keys, count: page.count * size)
        (values + page.first * size).update(from: page.values, count: page.count * size)
      }
      body([Piece(first: 0, count: tile.length, keys: keys, values: values)])
    }
  }
}

/// Softmax of the first `seen` scores; the others become zero.
func softmax(_ scores: UnsafeMutableBufferPointer<Float>, seen: Int) {
  let bytes = UnsafeMutableRawBufferPointer(scores)  // rows are aligned to four bytes only
  let width = Vector.scalarCount
  let whole = seen / width * width
  var rest = Vector(repeating: -.infinity)  // the last, unfinished vector
  for index in whole..<seen { rest[index - whole] = scores[index] }

  var largest = rest
  for index in stride(from: 0, to: whole, by: width) {
    let vector = bytes.loadUnaligned(fromByteOffset: 4 * index, as: Vector.self)
    largest.replace(with: vector, where: vector .> largest)
  }
  let maximum = largest.max()

  var total = Vector()
  for index in stride(from: 0, to: whole, by: width) {
    let powers = Vector.exp(bytes.loadUnaligned(fromByteOffset: 4 * index, as: Vector.self) - maximum)
    total += powers
    bytes.storeBytes(of: powers, toByteOffset: 4 * index, as: Vector.self)
  }
  let powers = Vector.exp(rest - maximum)
  let scale = 1 / (total + powers).sum()
  for index in whole..<seen { scores[index] = powers[index - whole] }
  for index in 0..<seen { scores[index] *= scale }
  for index in seen..<scores.count { scores[index] = 0 }
}
