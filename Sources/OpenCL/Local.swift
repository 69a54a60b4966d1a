/// Memory that the work-items of a work-group share while they run.
public struct Local<Element: BitwiseCopyable>: KernelArgument {
  /// How many elements.
  public let count: Int

  /// Memory for `count` elements.
  public init(count: Int) { self.count = count }

  /// A pointer to local memory.
  public static var signature: KernelArgumentSignature {
    KernelArgumentSignature(.local, Element.self, isWritten: true)
  }

  /// Binds the size.
  public func bind(to kernel: Kernel, at index: Int) throws(OpenCLError) {
    try kernel.setLocal(byteCount: count * MemoryLayout<Element>.stride, at: index)
  }
}
