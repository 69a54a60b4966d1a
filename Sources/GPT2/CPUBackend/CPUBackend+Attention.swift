/// Keys and values of one layer.
public struct HostCache: Sendable {
  let keys: HostFloats  // (slots, H, T, D)
  let values: HostFloats  // (slots, H, T, D)
  /// T.
  let length: Int
  let heads: Int
  let headSize: Int

  /// Where a slot's head starts.
  func offset(slot: Int, head: Int) -> Int { (slot * heads + head) * length * headSize }
}

extension CPUBackend {
  /// Rows of a prompt whose scores are computed together: bounds the memory for scores.
  private static let tileHeight = 64

  /// Room for keys and values.
  public func cache(slots: Int, length: Int, heads: Int, headSize: Int) throws -> HostCache {
    let count = slots * heads * length * headSize
    return HostCache(
      keys: HostFloats(count: count), values: HostFloats(count: count), length: length, heads: heads,
      headSize: headSize)
  }

  /// Copies the first positions of one slot to others.
  public func copy(_ cache: HostCache, from slot: Int, to slots: [Int], length: Int) throws {
    for target in slots {
      for head in 0..<cache.heads {
        let (from, to) = (cache.offset(slot: slot, head: head), cache.offset(slot: target, head: head))
        for floats in [cache.keys, cache.values] {
          (floats.pointer + to).update(from: floats.pointer + from, count: length * cache.headSize)
        }
      }
    }
  }

  /// Puts the rows' keys and values into the cache, then y[m] = the causal attention of row m.
  public func attention(_ qkv: HostActivations, _ cache: HostCache, scale: Float, into y: HostActivations) throws {
    append(qkv, to: cache)
    let (step, blas) = (step, blas)
    let tiles = step.tiles(height: Self.tileHeight)
    let heads = cache.heads
    nonisolated(unsafe) let (qkv, y) = (qkv, y)  // a head of a tile is written by one thread
    let work = tiles.reduce(0) { $0 + $1.count * (Int(step.rows[$1.firstRow].position) + $1.count) } * cache.headSize
    Parallel.forEachChunk(of: tiles.count * heads, atLeast: work < 1 << 18 ? .max : 1, pieces: 4) { range in
      for index in range {
        Self.attend(tiles[index / heads], head: index % heads, step, qkv, cache, blas, scale: scale, into: y)
      }
    }
  }

  /// One head of a tile's rows: softmax(scale · Q Kᵀ) V.
  private static func attend(
    _ tile: Step.Tile, head: Int, _ step: Step, _ qkv: HostActivations, _ cache: HostCache, _ blas: BLAS,
    scale: Float, into y: HostActivations
  ) {
    let row = step.rows[tile.firstRow]
    let length = Int(row.position) + tile.count  // keys that the last row sees
    let size = cache.headSize
    let start = cache.offset(slot: Int(row.slot), head: head)
    let queries = BLAS.Matrix(elements: UnsafePointer(qkv.row(tile.firstRow) + head * size), stride: qkv.columns)
    let keys = BLAS.Matrix(elements: UnsafePointer(cache.keys.pointer + start), stride: size, isTransposed: true)
    let values = BLAS.Matrix(elements: UnsafePointer(cache.values.pointer + start), stride: size)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: tile.count * length) { scores in
      guard let base = scores.baseAddress else { return }
      blas.multiplyAlone(
        m: tile.count, n: length, k: size, queries, keys, alpha: scale, beta: 0, into: base, stride: length)
      for m in 0..<tile.count {
        softmax(UnsafeMutableBufferPointer(start: base + m * length, count: length), seen: Int(row.position) + m + 1)
      }
      blas.multiplyAlone(
        m: tile.count, n: size, k: length, BLAS.Matrix(elements: UnsafePointer(base), stride: length), values, beta: 0,
        into: y.row(tile.firstRow) + head * size, stride: y.columns)
    }
  }

  private func append(_ qkv: HostActivations, to cache: HostCache) {
    let (size, channels) = (cache.headSize, cache.heads * cache.headSize)
    for (m, row) in step.rows.enumerated() {
      for head in 0..<cache.heads {
        let to = cache.offset(slot: Int(row.slot), head: head) + Int(row.position) * size
        let key = qkv.row(m) + channels + head * size
        (cache.keys.pointer + to).update(from: key, count: size)
        (cache.values.pointer + to).update(from: key + channels, count: size)
      }
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
