/// Where the memory behind a kernel's argument is.
public enum AddressSpace: Hashable, Sendable {
  /// The device's memory.
  case global
  /// The device's memory, read only.
  case constant
  /// What a work-group shares.
  case local
  /// A work-item's own: arguments by value.
  case `private`
}
