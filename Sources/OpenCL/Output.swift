/// A buffer that a kernel only writes.
public struct Output<Element: BitwiseCopyable>: KernelArgument {
  /// The buffer.
  public let buffer: Buffer<Element>

  /// Lends `buffer` to a kernel.
  public init(_ buffer: Buffer<Element>) { self.buffer = buffer }

  /// A pointer to global memory.
  public static var signature: KernelArgumentSignature {
    KernelArgumentSignature(.global, Element.self, isWritten: true)
  }

  /// Binds the buffer, which lives at least until another is bound.
  public func bind(to kernel: Kernel, at index: Int) throws(OpenCLError) {
    try kernel.set(buffer.handle, keeping: buffer, at: index)
  }
}
