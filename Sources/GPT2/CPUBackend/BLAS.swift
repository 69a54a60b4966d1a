internal import COpenBLAS
internal import Glibc

/// OpenBLAS, opened when the CPU backend is made.
///
/// Sendable, because it only holds functions that any thread may call.
final class BLAS: Sendable {
  private let sgemm: gpt2_sgemm
  private let sgemv: gpt2_sgemv
  private let setThreads: gpt2_set_threads

  /// Opens the library.
  ///
  /// - Throws: ``DeviceError``, naming the package, where there is none.
  init() throws(DeviceError) {
    // Must be set before the library starts; a core type that the user has set stays.
    if let type = gpt2_openblas_core_type() { setenv("OPENBLAS_CORETYPE", type, 0) }
    guard
      let library = dlopen("libopenblas.so.0", RTLD_NOW) ?? dlopen("libopenblas.so", RTLD_NOW),
      let sgemm = dlsym(library, "cblas_sgemm"), let sgemv = dlsym(library, "cblas_sgemv"),
      let setThreads = dlsym(library, "openblas_set_num_threads")
    else {
      throw DeviceError(
        description: "The CPU without OpenCL needs OpenBLAS, which is not installed: apt install libopenblas0-pthread")
    }
    // The addresses are those of C functions with these signatures.
    self.sgemm = unsafeBitCast(sgemm, to: gpt2_sgemm.self)
    self.sgemv = unsafeBitCast(sgemv, to: gpt2_sgemv.self)
    self.setThreads = unsafeBitCast(setThreads, to: gpt2_set_threads.self)
    useOwnThreads(false)
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
    if m <= Self.mostRowsForItsThreads {
      useOwnThreads(true)
      defer { useOwnThreads(false) }
      return multiplyAlone(m: m, n: n, k: k, x, w, beta: beta, into: y, stride: stride)
    }
    nonisolated(unsafe) let (x, w, y) = (x, w, y)  // each chunk of columns is written by one thread
    Parallel.forEachChunk(of: n, atLeast: max(64, (1 << 18) / k), pieces: 2) { columns in
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

  /// Whether the library uses threads of its own: they start a short product sooner, but spin between two.
  private func useOwnThreads(_ use: Bool) { setThreads(use ? Int32(Parallel.cores) : 1) }

  /// Up to so many rows a product is short, and the library cuts it over the cores; above, it is cut here.
  private static let mostRowsForItsThreads = 8
  /// Up to so many rows, a matrix-vector product a row is faster than a matrix product.
  static let mostRowsByVector = 2
}
