internal import OpenCL

extension DeviceSelection {
  /// Finds the devices of a list, each once: `0,1`, names, `cpu`; `all` stands for every OpenCL device.
  ///
  /// - Throws: ``DeviceError``, as ``resolve()`` does, and where `all` are none.
  public static func resolve(list: String) throws -> [ComputeDevice] {
    if list.lowercased() == "all" {
      let found = try Device.all().indices.map { try DeviceSelection.number($0).resolve() }
      guard !found.isEmpty else {
        throw DeviceError(
          description: "There is no OpenCL device, and all means every OpenCL device: --device cpu computes without.")
      }
      return found
    }
    // A name may have a comma in it.
    if list.contains(","), let device = try? DeviceSelection(list).resolve() { return [device] }
    var devices: [ComputeDevice] = []
    for name in list.split(separator: ",", omittingEmptySubsequences: false) {
      let found = try DeviceSelection(name.trimmingSpaces).resolve()
      if !devices.contains(where: { $0.id == found.id }) { devices.append(found) }
    }
    return devices
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
}

extension Substring {
  /// Without the spaces at its ends.
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
