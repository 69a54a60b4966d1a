internal import COpenCL

/// One installed OpenCL driver.
public struct Platform: @unchecked Sendable {
  // A platform's handle lives as long as the process, and reading through it is thread-safe.
  let id: cl_platform_id

  /// The driver's name.
  public let name: String
  /// Who made it.
  public let vendor: String
  /// `OpenCL <major.minor> <what the vendor adds>`.
  public let version: String

  private init(_ id: cl_platform_id) throws(OpenCLError) {
    let info = InfoQuery("clGetPlatformInfo") { clGetPlatformInfo(id, $0, $1, $2, $3) }
    self.id = id
    name = try info.string(CL_PLATFORM_NAME)
    vendor = try info.string(CL_PLATFORM_VENDOR)
    version = try info.string(CL_PLATFORM_VERSION)
  }

  /// Every installed driver, in the loader's order; none where no driver is installed.
  public static func all() throws(OpenCLError) -> [Platform] {
    CompilerFolder.prepare()
    DriverSearch.register()
    let ids: [cl_platform_id?]
    do {
      ids = try list("clGetPlatformIDs") { clGetPlatformIDs($0, $1, $2) }
    } catch  where error.status == .platformNotFound {
      return []
    }
    var platforms: [Platform] = []
    for case let id? in ids { platforms.append(try Platform(id)) }
    return platforms
  }

  /// Every device of this driver that can be used: available, and with a compiler.
  func devices() throws(OpenCLError) -> [Device] {
    let ids: [cl_device_id?]
    do {
      ids = try list("clGetDeviceIDs", context: name) { clGetDeviceIDs(id, anyDeviceType, $0, $1, $2) }
    } catch  where error.status == .deviceNotFound {
      return []
    }
    var devices: [Device] = []
    for case let id? in ids {
      let device = try Device(id, platformName: self.name, platformVersion: version)
      if device.isAvailable && device.hasCompiler { devices.append(device) }
    }
    return devices
  }
}
