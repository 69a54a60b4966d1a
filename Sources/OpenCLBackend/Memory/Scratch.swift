internal import OpenCL

/// A buffer for results that the next kernel reads.
final class Scratch<Element: BitwiseCopyable> {
  private let context: Context
  private var buffer: Buffer<Element>

  init(_ context: Context) throws {
    self.context = context
    buffer = try Buffer(context, count: 0)
  }

  /// Room for rows; earlier contents are lost where it grows.
  func room(rows: Int, stride: Int) throws -> Buffer<Element> {
    if buffer.count < rows * stride { buffer = try Buffer(context, count: rows * stride, zeroed: true) }
    return buffer
  }
}
