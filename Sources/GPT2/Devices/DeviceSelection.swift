internal import Backend

/// Which device computes, as a person names it.
public enum DeviceSelection: Hashable, Sendable {
  /// The first OpenCL device, or the CPU without OpenCL where there is none.
  case automatic
  /// OpenBLAS, without OpenCL.
  case cpu
  /// An OpenCL device by its number in the list of devices.
  case number(Int)
  /// An OpenCL device by part of its name, whatever the case.
  case name(String)

  /// A device of the list.
  public init(_ device: ComputeDevice) { self = Int(device.id).map { .number($0) } ?? .cpu }

  /// Reads `0`, `1`, …, `cpu`, or part of a name.
  public init(_ text: String) {
    if text.lowercased() == "cpu" {
      self = .cpu
    } else if let number = Int(text) {
      self = .number(number)
    } else {
      self = .name(text)
    }
  }
}

extension DeviceSelection {
  /// Finds the device.
  ///
  /// - Throws: `DeviceError`, which lists the devices there are, where a named one is missing.
  public func resolve() throws -> ComputeDevice {
    if self == .cpu { return .cpu }
    let devices = try ComputeDevice.openCL()
    let found: Int? =
      switch self {
      case .automatic: devices.indices.first
      case .number(let number): devices.indices.contains(number) ? number : nil
      case .name(let part):
        part.isEmpty ? nil : devices.firstIndex { $0.name.lowercased().contains(part.lowercased()) }
      case .cpu: nil
      }
    if let found { return devices[found] }
    if self == .automatic { return .cpu }
    throw DeviceError(description: missing(among: devices))
  }

  private func missing(among devices: [ComputeDevice]) -> String {
    let wanted =
      switch self {
      case .number(let number): "number \(number)"
      case .name(let part): "named “\(part)”"
      case .automatic, .cpu: ""
      }
    let list = (devices.map { "  \($0.id)    \($0.name)" } + ["  cpu  OpenBLAS, without OpenCL"])
    return "There is no device \(wanted). The devices here are:\n" + list.joined(separator: "\n")
  }
}
