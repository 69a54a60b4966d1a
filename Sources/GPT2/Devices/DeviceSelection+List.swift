internal import Backend

extension DeviceSelection {
  /// Finds the devices of a list, each once: `0,1`, names, `cpu`; `all` stands for every OpenCL device.
  ///
  /// - Parameters:
  ///   - list: The devices, separated by commas.
  ///   - allIncludesCPU: Whether `all` stands for the CPU without OpenCL too, after the others.
  /// - Throws: `DeviceError`, as ``resolve()`` does, and where `all` are none.
  public static func resolve(list: String, allIncludesCPU: Bool = false) throws -> [ComputeDevice] {
    if list.lowercased() == "all" {
      let found = try ComputeDevice.all().filter { allIncludesCPU || !$0.isCPU }
      guard !found.isEmpty else {
        throw DeviceError(
          description: "There is no OpenCL device, and all means every OpenCL device: cpu computes without.")
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

extension Substring {
  /// Without the spaces at its ends.
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
