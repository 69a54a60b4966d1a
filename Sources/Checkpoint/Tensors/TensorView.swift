internal import Dispatch
internal import Synchronization
internal import System

/// A tensor's bytes where they lie in a file: contiguous, row-major, little-endian, possibly unaligned.
public struct TensorView: Sendable {
  /// The canonical name, such as `h.0.attn.c_attn.weight`.
  public var name: String
  /// How an element is stored.
  public let scalarType: ScalarType
  /// The size of each dimension, outermost first; empty for a scalar.
  public let shape: [Int]
  /// The file that holds the bytes.
  public let file: FileData
  /// Where the bytes start in the file.
  public let byteOffset: Int
  /// How many bytes there are.
  public let byteCount: Int

  /// Where the bytes lie in the file.
  public var byteRange: Range<Int> { byteOffset..<byteOffset + byteCount }
  /// The number of elements.
  public var elementCount: Int { byteCount / scalarType.byteCount }

  /// Makes a view of bytes that lie in the file and that the shape accounts for.
  package init(name: String, scalarType: ScalarType, shape: [Int], file: FileData, bytes: Range<Int>) {
    self.name = name
    self.scalarType = scalarType
    self.shape = shape
    self.file = file
    byteOffset = bytes.lowerBound
    byteCount = bytes.count
  }

  /// Lends the bytes for the duration of a call. They may be unaligned.
  public func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try file.withBytes { bytes throws(E) in try body(UnsafeRawBufferPointer(rebasing: bytes[byteRange])) }
  }
}

extension TensorView {
  /// Compared at a time by one thread, in bytes: an embedding of 150 MB is compared by all cores.
  private static let comparedByteCount = 4 << 20

  /// Whether the other has the same type, shape and bytes.
  func isEqual(to other: TensorView) -> Bool {
    guard scalarType == other.scalarType, shape == other.shape else { return false }
    if file === other.file, byteOffset == other.byteOffset { return true }
    let size = Self.comparedByteCount
    let isEqual = Atomic(true)
    withBytes { mine in
      other.withBytes { theirs in
        guard let mine = mine.baseAddress, let theirs = theirs.baseAddress else { return }
        // The threads only read, and are done when the call returns.
        nonisolated(unsafe) let (left, right) = (mine, theirs)
        DispatchQueue.concurrentPerform(iterations: (byteCount + size - 1) / size) { index in
          guard isEqual.load(ordering: .relaxed) else { return }
          let (start, count) = (index * size, min(size, byteCount - index * size))
          if memcmp(left + start, right + start, count) != 0 { isEqual.store(false, ordering: .relaxed) }
        }
      }
    }
    return isEqual.load(ordering: .relaxed)
  }
}

/// The product of a shape's sizes, `nil` where one is negative or the product does not fit.
func elementCount(of shape: [Int]) -> Int? {
  var count = 1
  for size in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: size)
    if size < 0 || overflow { return nil }
    count = product
  }
  return count
}

/// The number of bytes a contiguous tensor takes, `nil` where a size is negative or the number does not fit.
func byteCount(of shape: [Int], _ scalarType: ScalarType) -> Int? {
  elementCount(of: shape + [scalarType.byteCount])
}
