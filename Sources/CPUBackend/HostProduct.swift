/// A matrix product of the CPU backend's own, to measure the speed of this processor.
package final class HostProduct {
  /// Rows of x and y.
  package let m: Int
  /// Columns of w and y.
  package let n: Int
  /// Columns of x, rows of w.
  package let k: Int
  private let blas: BLAS
  private let x: HostFloats  // (m, k)
  private let w: HostFloats  // (n, k), read from end to end
  private let y: HostFloats  // (m, n)

  /// - Throws: ``DeviceError`` where OpenBLAS is not installed.
  package init(m: Int, n: Int, k: Int) throws {
    blas = try BLAS()
    (self.m, self.n, self.k) = (m, n, k)
    (x, w, y) = (try HostFloats(count: m * k), try HostFloats(count: n * k), try HostFloats(count: m * n))
  }

  /// y = x · wᵀ.
  package func run() {
    blas.multiply(
      m: m, n: n, k: k, BLAS.Matrix(elements: UnsafePointer(x.pointer), stride: k),
      BLAS.Matrix(elements: UnsafePointer(w.pointer), stride: k, isTransposed: true), beta: 0, into: y.pointer,
      stride: n)
  }

  /// Copies w's first half to its second on all cores, and returns the bytes read and written.
  package func copy() -> Int {
    let half = n * k / 2
    nonisolated(unsafe) let pointer = w.pointer  // each chunk is written by one thread
    Parallel.forEachChunk(of: half, atLeast: 1 << 16) { range in
      (pointer + half + range.lowerBound).update(from: pointer + range.lowerBound, count: range.count)
    }
    return 2 * half * MemoryLayout<Float>.stride
  }
}
