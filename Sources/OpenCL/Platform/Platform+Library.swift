internal import COpenCL

internal import System

extension Platform {
  /// Whether a driver, by its library's path, is one that OpenCL's loader took, and offers a device that can be used.
  package static func hasDevice(from library: String) -> Bool {
    let ids = handles(from: library)
    let platforms = (try? all()) ?? []
    return platforms.contains { ids.contains($0.id) && (try? $0.devices().isEmpty) == false }
  }

  /// The platforms that a library offers OpenCL's loader, which asks in the same way (`cl_khr_icd`).
  private static func handles(from library: String) -> [cl_platform_id?] {
    typealias Lookup = @convention(c) (UnsafePointer<CChar>) -> UnsafeMutableRawPointer?
    typealias PlatformIDs =
      @convention(c) (cl_uint, UnsafeMutablePointer<cl_platform_id?>?, UnsafeMutablePointer<cl_uint>?) -> cl_int
    guard let file = dlopen(library, RTLD_LAZY | RTLD_LOCAL) else { return [] }
    defer { dlclose(file) }
    guard let symbol = dlsym(file, "clGetExtensionFunctionAddress"),
      let routine = unsafeBitCast(symbol, to: Lookup.self)("clIcdGetPlatformIDsKHR")
    else { return [] }
    let platformIDs = unsafeBitCast(routine, to: PlatformIDs.self)
    return (try? list("clIcdGetPlatformIDsKHR") { platformIDs($0, $1, $2) }) ?? []
  }
}
