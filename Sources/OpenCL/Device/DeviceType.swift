internal import COpenCL

/// The kind of processor that a device is.
public struct DeviceType: OptionSet, Hashable, Sendable {
  /// The C bits.
  public let rawValue: UInt64

  /// A type from its C bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The host's processor. The corresponding C constant is `CL_DEVICE_TYPE_CPU`.
  public static let cpu = DeviceType(rawValue: UInt64(CL_DEVICE_TYPE_CPU))
  /// A graphics processor. The corresponding C constant is `CL_DEVICE_TYPE_GPU`.
  public static let gpu = DeviceType(rawValue: UInt64(CL_DEVICE_TYPE_GPU))
  /// Another processor made to compute. The corresponding C constant is `CL_DEVICE_TYPE_ACCELERATOR`.
  public static let accelerator = DeviceType(rawValue: UInt64(CL_DEVICE_TYPE_ACCELERATOR))
}
