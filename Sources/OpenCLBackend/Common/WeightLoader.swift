internal import Backend
internal import Checkpoint
internal import OpenCL

/// Brings a checkpoint's tensors to the device, slab by slab from the mapped file, and packs matrices there.
///
/// The host holds no second copy of these: a device that computes in its memory reads the file's pages themselves, for
/// others they are uploaded; and they are let go once they are packed.
final class WeightLoader {
  /// Bytes of a slab that is uploaded: large enough to be fast, small enough to stay in the cache until it is packed.
  private static let uploadedSize = 4 << 20
  /// Bytes of a slab that is read in the file: large enough to keep all cores busy, little beside the packed weights.
  private static let lentSize = 16 << 20

  /// Numbers of a table that the host widens at a time.
  private static let widenedCount = 1 << 20

  private let launcher: KernelLauncher
  private let precision: Precision
  /// Work-items that pack a panel.
  private let items: Int
  private var staging: Buffer<Stored>
  /// Two counts a tensor: values that are not finite, values too large for the precision; as the device finds them.
  private var flags: Buffer<Int32>
  /// Since the last ``finish()``, and how many values the host found that are not finite.
  private var tensors: [(tensor: TensorView, infinite: Int)] = []

  init(_ launcher: KernelLauncher, precision: Precision, items: Int) throws {
    self.launcher = launcher
    self.precision = precision
    self.items = items
    staging = try Buffer(launcher.queue.context, count: 0)
    flags = try Buffer(launcher.queue.context, count: 2 * Self.mostTensors, zeroed: true)
  }

  /// Tensors between two calls of ``finish()``.
  private static let mostTensors = 1 << 16

  /// Packs a matrix, zero beyond N.
  func pack(
    _ tensor: TensorView, layout fileLayout: MatrixLayout, as layout: PackedLayout
  ) throws -> Buffer<Stored> {
    let isTransposed = fileLayout == .outputMajor
    let (n, k) = isTransposed ? (tensor.shape[0], tensor.shape[1]) : (tensor.shape[1], tensor.shape[0])
    let packed = try Buffer<Stored>(
      launcher.queue.context, count: layout.byteCount(k: k, n: n) / MemoryLayout<Stored>.stride)
    let index = Int32(tensors.count)
    tensors.append((tensor, 0))
    let kernel = PackKernel(fileType: tensor.scalarType, layout: layout, items: items)
    let blocks = { (count: Int) in (count + layout.block - 1) / layout.block }
    let rowMultiple = isTransposed ? PackedLayout.panelWidth : layout.block
    try forEachSlab(of: tensor, rowMultiple: rowMultiple) { slab, first, count in
      let (panels, deep) =
        isTransposed ? (PackedLayout.panels(count), blocks(k)) : (PackedLayout.panels(n), blocks(count))
      try launcher.run(
        kernel, global: NDRange(items * panels, deep), local: NDRange(items), Input(slab), Output(packed),
        InputOutput(flags), Int32(n), Int32(k), Int32(first), Int32(count), index, isTransposed ? 1 : 0 as Int32)
    }
    return packed
  }

  /// A vector or a table as fp32, filled up with zeros to `count`.
  ///
  /// The host's work: they are small, and a kernel would be one more to compile.
  func widen(_ tensor: TensorView, count: Int) throws -> Buffer<Float> {
    let queue = launcher.queue
    let vector = try Buffer<Float>(queue.context, count: count)
    let present = tensor.elementCount
    try queue.fill(vector, with: 0, at: present, count: count - present)
    tensor.file.prefetch(tensor.byteRange)
    var infinite = 0
    for first in stride(from: 0, to: present, by: Self.widenedCount) {
      let numbers = tensor.floats(first..<min(first + Self.widenedCount, present))
      infinite += numbers.count { !$0.isFinite }
      try queue.enqueueWrite(numbers, to: vector, at: first)
    }
    tensor.file.release(tensor.byteRange)
    tensors.append((tensor, infinite))
    return vector
  }

  /// Waits, and throws where a tensor had values that cannot be used.
  func finish() throws {
    let counts = try launcher.queue.read(flags, count: 2 * tensors.count)
    try launcher.queue.fill(flags, with: 0, count: 2 * tensors.count)
    defer { tensors.removeAll() }
    for (index, (tensor, found)) in tensors.enumerated() {
      let (infinite, large) = (found + Int(counts[2 * index]), counts[2 * index + 1])
      if infinite > 0 {
        throw WeightError(
          file: tensor.file.name, tensor: tensor.name,
          problem: "has \(infinite) values that are NaN or infinite: the file is damaged or training diverged")
      }
      if large > 0 {
        throw WeightError(
          file: tensor.file.name, tensor: tensor.name,
          problem: "has \(large) values beyond the range of \(precision.rawValue): use fp32")
      }
    }
  }

  /// Hands out a tensor's rows, some at a time, as the device reads them: `body` gets a slab, its first row, their
  /// number.
  private func forEachSlab(
    of tensor: TensorView, rowMultiple: Int, _ body: (_ slab: Buffer<Stored>, _ first: Int, _ count: Int) throws -> Void
  ) throws {
    let rows = tensor.shape.first ?? 1
    let rowSize = tensor.byteCount / max(rows, 1)
    let inPlace = canRead(tensor)
    let size = inPlace ? Self.lentSize : Self.uploadedSize
    let slab = max(rowMultiple, size / max(rowSize, 1) / rowMultiple * rowMultiple)
    tensor.file.prefetch(tensor.byteRange)
    for first in stride(from: 0, to: rows, by: slab) {
      let count = min(slab, rows - first)
      let loan = tensor.lend(first * rowSize..<(first + count) * rowSize)
      let buffer = try loan.withBytes { inPlace ? try lend($0, of: loan) : try upload($0, tensor.scalarType) }
      try body(buffer, first, count)
    }
  }

  /// Whether the device reads a tensor where it lies in the file.
  private func canRead(_ tensor: TensorView) -> Bool {
    launcher.queue.context.device.computesInHostMemory && tensor.scalarType != .float64
      && tensor.withBytes { UInt(bitPattern: $0.baseAddress).isMultiple(of: UInt(tensor.scalarType.byteCount)) }
  }

  private func lend(_ slab: UnsafeRawBufferPointer, of loan: FileLoan) throws -> Buffer<Stored> {
    try Buffer(launcher.queue.context, lending: slab, of: loan)
  }

  /// Uploads a slab; fp64, which devices need not know, as fp32.
  private func upload(_ slab: UnsafeRawBufferPointer, _ type: ScalarType) throws -> Buffer<Stored> {
    if slab.count > staging.byteCount {
      let count = max(slab.count, Self.uploadedSize) / MemoryLayout<Stored>.stride + 1
      staging = try Buffer(launcher.queue.context, count: count)
    }
    if type == .float64 {
      let narrowed = stride(from: 0, to: slab.count, by: MemoryLayout<Double>.size).map {
        Float(slab.loadUnaligned(fromByteOffset: $0, as: Double.self))
      }
      try narrowed.withUnsafeBytes { try launcher.queue.write($0, to: staging) }
    } else {
      try launcher.queue.write(slab, to: staging)
    }
    return staging
  }
}
