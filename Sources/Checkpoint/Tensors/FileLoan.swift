/// A range of a file that somebody reads where it lies; once nobody refers to it, the system may drop its pages.
package final class FileLoan: Sendable {
  private let file: FileData
  private let range: Range<Int>

  /// Lends a range of the file.
  init(_ file: FileData, _ range: Range<Int>) {
    self.file = file
    self.range = range
  }

  deinit { file.release(range) }

  /// Lends the bytes for the duration of a call. They stay where they are as long as the loan.
  package func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try file.withBytes { bytes throws(E) in try body(UnsafeRawBufferPointer(rebasing: bytes[range])) }
  }
}

extension TensorView {
  /// Lends a range of the tensor's bytes.
  package func lend(_ bytes: Range<Int>) -> FileLoan {
    FileLoan(file, byteOffset + bytes.lowerBound..<byteOffset + bytes.upperBound)
  }
}
