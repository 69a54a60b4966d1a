internal import Backend
internal import Checkpoint
internal import COpenBLAS
internal import System

/// OpenBLAS, opened when the CPU backend is made.
///
/// Sendable, because it only holds functions that any thread may call.
final class BLAS: Sendable {
  private let sgemm: gpt2_sgemm
  private let sgemv: gpt2_sgemv

  /// Sets the variables that the library looks at when it starts; to be called before other threads read theirs, since
  /// the C library guards none.
  static func prepare() { preparation }

  /// Runs once a process.
  private static let preparation: Void = {
    // It would start threads that are not needed, and with little memory or few threads to be had wait for them for ever
    // when the process ends.
    setenv("OPENBLAS_NUM_THREADS", "1", 1)
    // A core type that the user has set stays.
    if let type = coreType { setenv("OPENBLAS_CORETYPE", type, 0) }
  }()

  /// Opens the library.
  ///
  /// - Throws: ``DeviceError``, naming the package, where there is none.
  init() throws(DeviceError) {
    Self.prepare()
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
    unsafeBitCast(setThreads, to: gpt2_set_threads.self)(1)  // products are cut over the cores here
    try Self.allocateBuffers(library)
  }

  /// Makes OpenBLAS allocate its work buffers now, one for each thread that may call it.
  ///
  /// It would do so at the first calls, and where there is no room try again for ever.
  private static func allocateBuffers(_ library: UnsafeMutableRawPointer) throws(DeviceError) {
    let byteCount = Parallel.cores * bufferByteCount
    guard VirtualMemory.hasRoom(for: byteCount) else {
      throw DeviceError(
        description: "OpenBLAS needs \(byteCount >> 20) MiB of address space for \(Parallel.cores) cores, which this "
          + "process cannot have: raise the limit (ulimit -v), or let fewer cores compute (taskset).")
    }
    // Functions of the library's own, which some builds may not show.
    guard let allocate = dlsym(library, "blas_memory_alloc"), let free = dlsym(library, "blas_memory_free") else {
      return
    }
    let buffers = (0..<Parallel.cores).map { _ in unsafeBitCast(allocate, to: gpt2_blas_memory_alloc.self)(0) }
    for buffer in buffers { unsafeBitCast(free, to: gpt2_blas_memory_free.self)(buffer) }
  }

  /// OpenBLAS's name of kernels that this processor can run; nil where OpenBLAS should find out by itself.
  ///
  /// OpenBLAS goes by model numbers: it takes processors newer than itself for the oldest it knows, and is then many
  /// times too slow. Instructions are the better evidence.
  private static var coreType: String? {
    if ProcessorFeature.avx512.isPresent { return "SkylakeX" }
    return ProcessorFeature.avx2FMA.isPresent ? "Haswell" : nil
  }

  /// Bytes of OpenBLAS's work buffer for a thread, rounded up from 128 MiB: driver/others/memory.c, BUFFER_SIZE.
  private static let bufferByteCount = 130 << 20

  /// A matrix in row-major order: rows of `stride` elements.
  struct Matrix {
    let elements: UnsafePointer<Float>
    let stride: Int
    var isTransposed = false

    /// The matrix from a column on.
    func columns(from first: Int) -> Matrix {
      Matrix(elements: elements + first * (isTransposed ? stride : 1), stride: stride, isTransposed: isTransposed)
    }
  }

  /// y = x · w + beta y on all cores, with x (m, k), w (k, n), y (m, n).
  ///
  /// Few rows are bound by reading w, which must be read once for all of them, in the order in which it lies in memory,
  /// and not copied as sgemm does.
  func multiply(
    m: Int, n: Int, k: Int, _ x: Matrix, _ w: Matrix, beta: Float, into y: UnsafeMutablePointer<Float>, stride: Int
  ) {
    if m <= Self.mostRowsByPanels && !w.isTransposed {
      return multiplyByParts(m: m, n: n, k: k, x, w, beta: beta, into: y, stride: stride)
    }
    nonisolated(unsafe) let (x, w, y) = (x, w, y)  // each chunk of columns is written by one thread
    Parallel.forEachChunk(of: n, atLeast: max(64, (1 << 17) / k), pieces: 2) { [self] columns in
      let (n, w, y) = (columns.count, w.columns(from: columns.lowerBound), y + columns.lowerBound)
      if m <= Self.mostRowsByPanels {
        multiplyByPanels(m: m, n: n, k: k, x, w, beta: beta, into: y, stride: stride)
      } else {
        let width = m <= Self.mostRowsByBlocks ? max(16, Self.smallProduct / (m * k) / 16 * 16) : n
        for first in Swift.stride(from: 0, to: n, by: width) {
          multiplyAlone(
            m: m, n: min(width, n - first), k: k, x, w.columns(from: first), beta: beta, into: y + first,
            stride: stride)
        }
      }
    }
  }

  /// The same for few rows and a w that is not transposed: each core takes consecutive rows of w, and their
  /// products are added up.
  private func multiplyByParts(
    m: Int, n: Int, k: Int, _ x: Matrix, _ w: Matrix, beta: Float, into y: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let cores = min(Parallel.cores, Self.mostParts)
    let parts = Parallel.chunks(of: k, atLeast: max((k + cores - 1) / cores, (1 << 17) / n))
    withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, (parts.number - 1) * m * n)) { others in
      guard let base = others.baseAddress else { return }
      nonisolated(unsafe) let (x, w, y, others) = (x, w, y, base)  // each part is written by one thread
      parts.forEachAtOnce { [self] index, rows in
        multiplyByPanels(
          m: m, n: n, k: rows.count, Matrix(elements: x.elements + rows.lowerBound, stride: x.stride),
          Matrix(elements: w.elements + rows.lowerBound * w.stride, stride: w.stride), beta: index == 0 ? beta : 0,
          into: index == 0 ? y : others + (index - 1) * m * n, stride: index == 0 ? stride : n)
      }
      for part in 0..<parts.number - 1 {
        for row in 0..<m {
          let (from, to) = (others + (part * m + row) * n, y + row * stride)
          for column in 0..<n { to[column] += from[column] }
        }
      }
    }
  }

  /// y = alpha x · w + beta y on the calling thread.
  func multiplyAlone(
    m: Int, n: Int, k: Int, _ x: Matrix, _ w: Matrix, alpha: Float = 1, beta: Float,
    into y: UnsafeMutablePointer<Float>,
    stride: Int
  ) {
    if m <= Self.mostRowsByVector {
      multiplyByVectors(m: m, n: n, k: k, x, w, alpha: alpha, beta: beta, into: y, stride: stride)
    } else {
      sgemm(
        Int32(GPT2_ROW_MAJOR), Int32(GPT2_NO_TRANSPOSE), Int32(w.isTransposed ? GPT2_TRANSPOSE : GPT2_NO_TRANSPOSE),
        Int32(m), Int32(n), Int32(k), alpha, x.elements, Int32(x.stride), w.elements, Int32(w.stride), beta, y,
        Int32(stride))
    }
  }

  /// A product of vector and matrix for each row of x.
  private func multiplyByVectors(
    m: Int, n: Int, k: Int, _ x: Matrix, _ w: Matrix, alpha: Float = 1, beta: Float,
    into y: UnsafeMutablePointer<Float>, stride: Int
  ) {
    for row in 0..<m {
      sgemv(
        Int32(GPT2_ROW_MAJOR), Int32(w.isTransposed ? GPT2_NO_TRANSPOSE : GPT2_TRANSPOSE),
        Int32(w.isTransposed ? n : k), Int32(w.isTransposed ? k : n), alpha, w.elements, Int32(w.stride),
        x.elements + row * x.stride, 1, beta, y + row * stride, 1)
    }
  }

  /// The same in panels of w's rows as they lie in memory, each of which stays in the cache for all rows of x.
  private func multiplyByPanels(
    m: Int, n: Int, k: Int, _ x: Matrix, _ w: Matrix, beta: Float, into y: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let (rows, columns) = w.isTransposed ? (n, k) : (k, n)
    // sgemv takes several rows at a time, and a remainder slowly.
    let height = m == 1 ? rows : max(16, Self.panelSize / columns / 16 * 16)
    for first in Swift.stride(from: 0, to: rows, by: height) {
      let count = min(height, rows - first)
      let panel = Matrix(elements: w.elements + first * w.stride, stride: w.stride, isTransposed: w.isTransposed)
      if w.isTransposed {
        multiplyByVectors(m: m, n: count, k: k, x, panel, beta: beta, into: y + first, stride: stride)
      } else {
        multiplyByVectors(
          m: m, n: n, k: count, Matrix(elements: x.elements + first, stride: x.stride), panel,
          beta: first == 0 ? beta : 1, into: y, stride: stride)
      }
    }
  }

  /// The most parts of a product of few rows: more would take longer to add up than they save.
  private static let mostParts = 8

  // Measured on GPT-2's shapes on two Zen 4 cores.

  /// Up to so many rows, a matrix-vector product a row is faster than a matrix product.
  static let mostRowsByVector = 2
  /// Up to so many, it is so where a panel of the matrix stays in the cache meanwhile.
  private static let mostRowsByPanels = 7
  /// Numbers of a panel: 256 KiB of the 1 to 2 MiB that a core has.
  private static let panelSize = 1 << 16
  /// Up to so many, a matrix product is fastest in blocks of columns that OpenBLAS takes for small and does not copy.
  private static let mostRowsByBlocks = 16
  /// Multiply-adds of a product that OpenBLAS takes for small.
  private static let smallProduct = 1_000_000
}
