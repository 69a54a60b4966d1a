/// A value for an argument of a kernel: a number, a buffer with the intent to read or write it, local memory.
///
/// `Int` and `Bool` are none: OpenCL C has no type for them in a kernel's arguments.
public protocol KernelArgument: Sendable {
  /// The declaration that the kernel's source must have.
  static var signature: KernelArgumentSignature { get }

  /// Binds itself as the kernel's argument `index`.
  func bind(to kernel: Kernel, at index: Int) throws(OpenCLError)
}

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
