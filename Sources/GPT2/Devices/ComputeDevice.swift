internal import CPUBackend
public import OpenCL

/// A device that computes.
public struct ComputeDevice: Sendable {
  /// Its number in the list of devices, or `cpu`.
  public let id: String
  /// Its name.
  public let name: String
  /// The OpenCL device; nil for the CPU without OpenCL.
  package let device: Device?

  /// Whether this is the CPU without OpenCL.
  public var isCPU: Bool { device == nil }
}

extension ComputeDevice {
  /// Everything that can compute here: the OpenCL devices as they are numbered, and the CPU without OpenCL.
  ///
  /// ```swift
  /// for device in try ComputeDevice.all() { print(device.id, device.name) }
  /// ```
  ///
  /// - Throws: `OpenCLError` where a driver fails and no other has a device.
  public static func all() throws(OpenCLError) -> [ComputeDevice] { try openCL() + [.cpu] }

  /// The OpenCL devices.
  static func openCL() throws(OpenCLError) -> [ComputeDevice] {
    try Device.all().enumerated().map { ComputeDevice(id: String($0), name: $1.name, device: $1) }
  }
}

extension ComputeDevice {
  /// Its name, with the driver's version where there is one.
  package var description: String { name + (device.map { ", driver \($0.driverVersion)" } ?? "") }

  /// Whether both are of one model and driver, and so compute the same numbers.
  package func computesAs(_ other: ComputeDevice) -> Bool {
    guard let device, let other = other.device else { return isCPU && other.isCPU }
    return (device.name, device.vendor, device.driverVersion, device.platformName, device.computeUnits)
      == (other.name, other.vendor, other.driverVersion, other.platformName, other.computeUnits)
  }

  /// OpenBLAS on the processor. Whoever chooses it does so before devices are used on threads of their own.
  static let cpu: ComputeDevice = {
    CPUBackend.prepare()
    return ComputeDevice(id: "cpu", name: CPUBackend.name, device: nil)
  }()
}
