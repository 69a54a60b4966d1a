/// The declaration of one argument in a kernel's source.
public struct KernelArgumentInfo: Hashable, Sendable {
  /// The argument's name.
  public let name: String
  /// Its type as the source spells it, without qualifiers: `float4*`.
  public let typeName: String
  /// The memory that it points to; private for arguments by value.
  public let addressSpace: AddressSpace
  /// Whether it is a pointer to `const`.
  public let isConst: Bool

  /// A declaration.
  public init(name: String, typeName: String, addressSpace: AddressSpace, isConst: Bool) {
    self.name = name
    self.typeName = typeName
    self.addressSpace = addressSpace
    self.isConst = isConst
  }
}

/// Where the memory behind a kernel's argument is.
public enum AddressSpace: Hashable, Sendable {
  /// The device's memory.
  case global
  /// The device's memory, read only.
  case constant
  /// Memory that a work-group shares.
  case local
  /// A work-item's own: arguments by value.
  case `private`
}
