internal import OpenCL

/// What one kernel leaves for the next.
final class Scratch<Element: BitwiseCopyable> {
  private let context: Context
  private var buffer: Buffer<Element>

  init(_ context: Context) throws {
    self.context = context
    buffer = try Buffer(context, count: 0)
  }

  /// Room for rows; what was there is lost where it grows.
  func room(rows: Int, stride: Int) throws -> Buffer<Element> {
    if buffer.count < rows * stride { buffer = try Buffer(context, count: rows * stride, zeroed: true) }
    return buffer
  }
}
