extension Buffer {
  /// Allocates memory on the context's device, of which every byte is zero where `zeroed` says so.
  ///
  /// - Parameters:
  ///   - count: How many elements. OpenCL knows no empty buffers: zero takes the memory of one.
  ///   - access: How kernels use it.
  public convenience init(
    _ context: Context, count: Int, access: BufferAccess = .readWrite, zeroed: Bool
  ) throws(OpenCLError) {
    try self.init(context, count: count, access: access)
    guard zeroed else { return }
    let queue = try CommandQueue(context)
    try queue.fill(0..<max(byteCount, MemoryLayout<Element>.stride), of: self, with: UInt8(0))
    try queue.finish()
  }
}
