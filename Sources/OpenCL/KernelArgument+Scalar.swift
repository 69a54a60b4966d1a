extension Int32: KernelArgument {}
extension UInt32: KernelArgument {}
extension UInt64: KernelArgument {}
extension Float: KernelArgument {}

extension KernelArgument where Self: BitwiseCopyable {
  /// A number by value.
  public static var signature: KernelArgumentSignature {
    KernelArgumentSignature(.private, Self.self, isWritten: false)
  }

  /// Binds the number.
  public func bind(to kernel: Kernel, at index: Int) throws(OpenCLError) {
    try kernel.set(self, keeping: nil, at: index)
  }
}
