/// A number with the same meaning on the host and in OpenCL C.
public protocol KernelScalar: BitwiseCopyable, Sendable {
  /// OpenCL C's name of it.
  static var kernelTypeName: String { get }
}

extension Int8: KernelScalar {
  /// `char`.
  public static var kernelTypeName: String { "char" }
}

extension UInt8: KernelScalar {
  /// `uchar`.
  public static var kernelTypeName: String { "uchar" }
}

extension Int16: KernelScalar {
  /// `short`.
  public static var kernelTypeName: String { "short" }
}

extension UInt16: KernelScalar {
  /// `ushort`.
  public static var kernelTypeName: String { "ushort" }
}

extension Int32: KernelScalar {
  /// `int`.
  public static var kernelTypeName: String { "int" }
}

extension UInt32: KernelScalar {
  /// `uint`.
  public static var kernelTypeName: String { "uint" }
}

extension Int64: KernelScalar {
  /// `long`.
  public static var kernelTypeName: String { "long" }
}

extension UInt64: KernelScalar {
  /// `ulong`.
  public static var kernelTypeName: String { "ulong" }
}

extension Float16: KernelScalar {
  /// `half`.
  public static var kernelTypeName: String { "half" }
}

extension Float: KernelScalar {
  /// `float`.
  public static var kernelTypeName: String { "float" }
}
