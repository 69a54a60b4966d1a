internal import COpenCL

/// A processor that runs kernels, and its properties, read once.
public struct Device: @unchecked Sendable {
  // A root device's handle lives as long as the process, and all else is a value: hence Sendable.
  let id: cl_device_id

  /// The product's name.
  public let name: String
  /// Who made it.
  public let vendor: String
  /// The driver's version.
  public let driverVersion: String
  /// `OpenCL <major.minor> <what the vendor adds>`.
  public let version: String
  /// `OpenCL C <major.minor> <what the vendor adds>`: the kernel language.
  public let openCLCVersion: String
  /// The driver's name.
  public let platformName: String
  /// The driver's OpenCL version.
  public let platformVersion: String
  /// The kind of processor.
  public let type: DeviceType
  /// Its extensions to the core of OpenCL.
  public let extensions: Set<String>

  /// Numbers in fp32 of one of its vector registers.
  public let nativeFloatWidth: Int
  /// Multiprocessors, or cores, each of which runs a work-group.
  public let computeUnits: Int
  /// The most work-items of one work-group.
  public let maxWorkGroupSize: Int
  /// The most work-items of one work-group along each dimension.
  public let maxWorkItemSizes: [Int]

  /// The device's memory, in bytes.
  public let globalMemory: Int
  /// The largest single buffer, in bytes.
  public let maxAllocation: Int
  /// The cache in front of global memory, in bytes.
  public let cacheSize: Int
  /// The memory a work-group shares, in bytes.
  public let localMemory: Int
  /// Whether device and host share one memory.
  public let sharesHostMemory: Bool
  /// The alignment of every buffer's first byte, in bytes.
  public let baseAddressAlignment: Int

  /// Whether it can be used now.
  public let isAvailable: Bool
  /// Whether its driver compiles OpenCL C.
  public let hasCompiler: Bool

  init(_ id: cl_device_id, platformName: String, platformVersion: String) throws(OpenCLError) {
    let info = InfoQuery("clGetDeviceInfo") { clGetDeviceInfo(id, $0, $1, $2, $3) }
    self.id = id
    name = try info.string(CL_DEVICE_NAME)
    vendor = try info.string(CL_DEVICE_VENDOR)
    driverVersion = try info.string(CL_DRIVER_VERSION)
    version = try info.string(CL_DEVICE_VERSION)
    openCLCVersion = try info.string(CL_DEVICE_OPENCL_C_VERSION)
    self.platformName = platformName
    self.platformVersion = platformVersion
    type = DeviceType(rawValue: try info.integer(CL_DEVICE_TYPE))
    extensions = Set(try info.string(CL_DEVICE_EXTENSIONS).split(separator: " ").map(String.init))

    nativeFloatWidth = try info.count(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT)
    computeUnits = try info.count(CL_DEVICE_MAX_COMPUTE_UNITS)
    maxWorkGroupSize = try info.count(CL_DEVICE_MAX_WORK_GROUP_SIZE)
    maxWorkItemSizes = try info.sizes(CL_DEVICE_MAX_WORK_ITEM_SIZES)

    globalMemory = try info.count(CL_DEVICE_GLOBAL_MEM_SIZE)
    maxAllocation = try info.count(CL_DEVICE_MAX_MEM_ALLOC_SIZE)
    cacheSize = try info.count(CL_DEVICE_GLOBAL_MEM_CACHE_SIZE)
    localMemory = try info.count(CL_DEVICE_LOCAL_MEM_SIZE)
    sharesHostMemory = try info.integer(CL_DEVICE_HOST_UNIFIED_MEMORY) != 0
    // OpenCL counts this one in bits.
    baseAddressAlignment = try info.count(CL_DEVICE_MEM_BASE_ADDR_ALIGN) / 8

    isAvailable = try info.integer(CL_DEVICE_AVAILABLE) != 0
    hasCompiler = try info.integer(CL_DEVICE_COMPILER_AVAILABLE) != 0
  }
}

extension Device {
  /// Whether it is the host's processor, for which a copy in memory of its own would be a second one in the same place.
  public var computesInHostMemory: Bool { type == .cpu && sharesHostMemory }
}

extension Device: Hashable {
  /// Whether both are the same device of the same driver.
  public static func == (left: Device, right: Device) -> Bool { left.id == right.id }

  /// Hashes the device's identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension Device: CustomStringConvertible {
  /// The device and its driver.
  public var description: String { "\(name) (\(platformName))" }
}
