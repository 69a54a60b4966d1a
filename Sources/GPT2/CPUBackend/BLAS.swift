internal import COpenBLAS
internal import Glibc

/// OpenBLAS, opened when the CPU backend is made.
///
/// Sendable, because it only holds functions that any thread may call.
final class BLAS: Sendable {
  private let sgemm: gpt2_sgemm
  private let sgemv: gpt2_sgemv

  /// Opens the library.
  ///
  /// - Throws: ``DeviceError``, naming the package, where there is none.
  init() throws(DeviceError) {
    // Must be set before the library starts; a core type that the user has set stays.
    if let type = gpt2_openblas_core_type() { setenv("OPENBLAS_CORETYPE", type, 0) }
    // Its own threads spin while they wait, on cores that the work between two products needs: products are cut here.
    setenv("OPENBLAS_NUM_THREADS", "1", 1)
    guard
      let library = dlopen("libopenblas.so.0", RTLD_NOW) ?? dlopen("libopenblas.so", RTLD_NOW),
      let sgemm = dlsym(library, "cblas_sgemm"), let sgemv = dlsym(library, "cblas_sgemv")
    else {
      throw DeviceError(
        description: "The CPU without OpenCL needs OpenBLAS, which is not installed: apt install libopenblas0-pthread")
    }
    // The addresses are those of C functions with these signatures.
    self.sgemm = unsafeBitCast(sgemm, to: gpt2_sgemm.self)
    self.sgemv = unsafeBitCast(sgemv, to: gpt2_sgemv.self)
  }

  /// A matrix in row-major order: rows of `stride` elements.
  struct Matrix {
    let elements: UnsafePointer<Float>
    let stride: Int
    var isTransposed = false
  }

  /// y = x · w + beta y on all cores, with x (m, k), w (k, n), y (m, n).
  func multiply(
    m: Int, n: Int, k: Int, _ x: Matrix, _ w: Matrix, beta: Float, into y: UnsafeMutablePointer<Float>, stride: Int
  ) {
    nonisolated(unsafe) let (x, w, y) = (x, w, y)  // each chunk of columns is written by one thread
    Parallel.forEachChunk(of: n, atLeast: max(64, (1 << 18) / k), pieces: m <= Self.mostRowsByVector ? 1 : 2) {
      columns in
      let offset = columns.lowerBound * (w.isTransposed ? w.stride : 1)
      multiplyAlone(
        m: m, n: columns.count, k: k, x,
        Matrix(elements: w.elements + offset, stride: w.stride, isTransposed: w.isTransposed), beta: beta,
        into: y + columns.lowerBound, stride: stride)
    }
  }

  /// y = alpha x · w + beta y on the calling thread.
  func multiplyAlone(
    m: Int, n: Int, k: Int, _ x: Matrix, _ w: Matrix, alpha: Float = 1, beta: Float,
    into y: UnsafeMutablePointer<Float>,
    stride: Int
  ) {
    if m <= Self.mostRowsByVector {
      for row in 0..<m {
        sgemv(
          Int32(GPT2_ROW_MAJOR), Int32(w.isTransposed ? GPT2_NO_TRANSPOSE : GPT2_TRANSPOSE),
          Int32(w.isTransposed ? n : k), Int32(w.isTransposed ? k : n), alpha, w.elements, Int32(w.stride),
          x.elements + row * x.stride, 1, beta, y + row * stride, 1)
      }
    } else {
      sgemm(
        Int32(GPT2_ROW_MAJOR), Int32(GPT2_NO_TRANSPOSE), Int32(w.isTransposed ? GPT2_TRANSPOSE : GPT2_NO_TRANSPOSE),
        Int32(m), Int32(n), Int32(k), alpha, x.elements, Int32(x.stride), w.elements, Int32(w.stride), beta, y,
        Int32(stride))
    }
  }

  /// Up to so many rows, a matrix-vector product a row is faster than a matrix product.
  private static let mostRowsByVector = 2
}
