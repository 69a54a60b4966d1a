/// A buffer that a kernel only reads.
public struct Input<Element: BitwiseCopyable>: KernelArgument {
  /// The buffer.
  public let buffer: Buffer<Element>

  /// Lends `buffer` to a kernel.
  public init(_ buffer: Buffer<Element>) { self.buffer = buffer }

  /// A pointer to global memory, const.
  public static var signature: KernelArgumentSignature {
    KernelArgumentSignature(.global, Element.self, isWritten: false)
  }

  /// Binds the buffer, which lives at least until another is bound.
  public func bind(to kernel: Kernel, at index: Int) throws(OpenCLError) {
    try kernel.set(buffer.handle, keeping: buffer, at: index)
  }
}

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

/// A buffer that a kernel reads and writes.
public struct InputOutput<Element: BitwiseCopyable>: KernelArgument {
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
