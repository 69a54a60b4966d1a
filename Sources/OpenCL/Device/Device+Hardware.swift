internal import COpenCL

extension Device {
  /// Whether another driver's device is the same piece of hardware, as far as the drivers let on.
  ///
  /// Two devices of one driver are two pieces. CPU-type devices are all the host's processor; of others, both drivers
  /// must tell the place on the PCI bus or the identifier that they share with Vulkan, or call the device alike.
  public func isSameHardware(as other: Device) -> Bool {
    if platformName == other.platformName { return false }
    if type.contains(.cpu) || other.type.contains(.cpu) { return type.contains(.cpu) && other.type.contains(.cpu) }
    if let place = pciPlace, let otherPlace = other.pciPlace { return place == otherPlace }
    if let id = uuid, let otherID = other.uuid { return id == otherID }
    return name == other.name
  }

  /// NVIDIA's name of what a GPU's instructions are, times ten: 80 for an A100; nil where the driver does not tell.
  public var computeCapability: Int? {
    let info = InfoQuery("clGetDeviceInfo") { clGetDeviceInfo(id, $0, $1, $2, $3) }
    guard extensions.contains("cl_nv_device_attribute_query"), let major = try? info.count(nvidiaCapability),
      let minor = try? info.count(nvidiaCapability + 1), 1...99 ~= major, 0...9 ~= minor
    else { return nil }
    return 10 * major + minor
  }

  /// The sizes of sub-groups that kernels can ask for, as Intel's drivers tell; none where a driver does not.
  public var subGroupSizes: [Int] {
    guard extensions.contains("cl_intel_required_subgroup_size") else { return [] }
    return (try? InfoQuery("clGetDeviceInfo") { clGetDeviceInfo(id, $0, $1, $2, $3) }.sizes(intelSubGroups)) ?? []
  }

  /// Domain, bus, device, function.
  private var pciPlace: [UInt64]? {
    let info = InfoQuery("clGetDeviceInfo") { clGetDeviceInfo(id, $0, $1, $2, $3) }
    if extensions.contains("cl_khr_pci_bus_info"), let bytes = try? info.bytes(pciBusInfo), bytes.count >= 16 {
      return (0..<4).map { UInt64(bytes[4 * $0]) | UInt64(bytes[4 * $0 + 1]) << 8 }
    }
    if extensions.contains("cl_nv_device_attribute_query"), let bus = try? info.integer(nvidiaBus),
      let slot = try? info.integer(nvidiaSlot)
    {
      // The slot is device and function as the bus numbers them.
      return [(try? info.integer(nvidiaDomain)) ?? 0, bus, slot >> 3, slot & 7]
    }
    if extensions.contains("cl_amd_device_attribute_query"), let bytes = try? info.bytes(amdTopology),
      bytes.count >= 24
    {
      return [0] + bytes[21..<24].map(UInt64.init)
    }
    return nil
  }

  private var uuid: [UInt8]? {
    guard extensions.contains("cl_khr_device_uuid") else { return nil }
    return try? InfoQuery("clGetDeviceInfo") { clGetDeviceInfo(id, $0, $1, $2, $3) }.bytes(deviceUUID)
  }
}

// Of extensions, whose header not every system has.
private let pciBusInfo: Int32 = 0x410F  // cl_khr_pci_bus_info: four 32-bit numbers
private let nvidiaCapability: Int32 = 0x4000  // cl_nv_device_attribute_query: major, and behind it minor
private let nvidiaBus: Int32 = 0x4008
private let nvidiaSlot: Int32 = 0x4009
private let nvidiaDomain: Int32 = 0x400A
private let amdTopology: Int32 = 0x4037  // cl_amd_device_attribute_query: type, 17 bytes, bus, device, function
private let intelSubGroups: Int32 = 0x4108  // cl_intel_required_subgroup_size: a list of sizes
private let deviceUUID: Int32 = 0x106A  // cl_khr_device_uuid: 16 bytes
