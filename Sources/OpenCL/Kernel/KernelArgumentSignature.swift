/// An argument as the host means it, to be compared with the declaration in the kernel's source.
public struct KernelArgumentSignature: Hashable, Sendable {
  /// Where the memory is; private for arguments by value.
  public let addressSpace: AddressSpace
  /// OpenCL C's name of the scalar, or of the scalar pointed to; nil where it has none for the host's type.
  public let scalarName: String?
  /// Whether the kernel may write to it.
  public let isWritten: Bool

  /// An argument of a host type, or a pointer to elements of it.
  init(_ addressSpace: AddressSpace, _ type: (some BitwiseCopyable).Type, isWritten: Bool) {
    self.addressSpace = addressSpace
    self.isWritten = isWritten
    scalarName = Self.scalarNames[ObjectIdentifier(type)]
  }

  /// A structure of numbers by value, by its name in the source.
  public init(structure name: String) {
    (addressSpace, scalarName, isWritten) = (.private, name, false)
  }

  /// Whether a kernel that declares `info` takes such an argument.
  ///
  /// A vector of a scalar is as good as the scalar, for the host sees the same bytes; read-only memory may be
  /// `constant`; and memory that is only read must be declared `const`.
  public func agrees(with info: KernelArgumentInfo) -> Bool {
    let isPointer = info.typeName.hasSuffix("*")
    let pointee = info.typeName.prefix { $0 != "*" && $0 != " " }
    let scalar = isPointer ? pointee.prefix { !$0.isNumber } : pointee
    guard isPointer == (addressSpace != .private), scalarName.map({ $0 == scalar }) ?? true else { return false }
    switch addressSpace {
    case .global, .constant:
      return isWritten
        ? info.addressSpace == .global && !info.isConst
        : info.addressSpace == .constant || info.addressSpace == .global && info.isConst
    case .local, .private:
      return info.addressSpace == addressSpace
    }
  }

  private static let scalarNames: [ObjectIdentifier: String] = [
    ObjectIdentifier(Int8.self): "char", ObjectIdentifier(UInt8.self): "uchar",
    ObjectIdentifier(Int16.self): "short", ObjectIdentifier(UInt16.self): "ushort",
    ObjectIdentifier(Int32.self): "int", ObjectIdentifier(UInt32.self): "uint",
    ObjectIdentifier(Int64.self): "long", ObjectIdentifier(UInt64.self): "ulong",
    ObjectIdentifier(Float16.self): "half", ObjectIdentifier(Float.self): "float",
  ]
}
