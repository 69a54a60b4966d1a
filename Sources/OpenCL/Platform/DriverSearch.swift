internal import COpenCL

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import System

/// Finds drivers whose libraries are on this machine, but that OpenCL's loader does not know.
///
/// Containers are given a GPU's driver by mounting its libraries, often without the `.icd` file that names them.
package struct DriverSearch: Sendable {
  /// Where the loader finds files that name drivers.
  package var vendors = "/etc/OpenCL/vendors"
  /// Paths of libraries that may be drivers; for each name the first that is there counts.
  package var libraries: [String]

  /// Registers the drivers that OpenCL's loader does not know, once a process; to be called before it is.
  static func register() { _ = registered }

  /// The drivers registered for this process, by their paths.
  package static let registered: [String] = {
    let environment = ProcessInfo.processInfo.environment
    // The user's own choice of drivers stands.
    if ["OCL_ICD_VENDORS", "OCL_ICD_FILENAMES"].contains(where: { environment[$0] != nil }) { return [] }
    return DriverSearch(environment).register()
  }()

  /// A search of the given libraries instead of the known ones.
  package init(vendors: String, libraries: [String]) {
    self.vendors = vendors
    self.libraries = libraries
  }

  /// A search of the folders where drivers install their libraries, and of the linker's.
  init(_ environment: [String: String]) {
    let linked = (environment["LD_LIBRARY_PATH"] ?? "").split(separator: ":").map(String.init)
    let usual = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"]
    let drivers: [(name: String, folders: [String])] = [
      ("libnvidia-opencl.so.1", ["/usr/local/nvidia/lib64"] + usual),
      ("libamdocl64.so", ["/opt/rocm/lib", "/opt/rocm/opencl/lib", "/opt/amdgpu-pro/lib/x86_64-linux-gnu"] + usual),
      ("libigdrcl.so", usual.map { $0 + "/intel-opencl" } + ["/usr/local/lib/intel-opencl"]),
      ("libintelocl.so", ["/opt/intel/oneapi/compiler/latest/lib"]),
    ]
    libraries = drivers.flatMap { driver in (linked + driver.folders).map { "\($0)/\(driver.name)" } }
  }

  /// The libraries that exist and that no `.icd` file names in a way that the linker can open.
  package var unregistered: [String] {
    let known = icdFiles.values.map { $0.trimmed }
    var found: [String] = []
    for path in libraries where path.hasPrefix("/") && FileManager.default.fileExists(atPath: path) {
      let isKnown = known.contains { $0.fileName.stem == path.fileName.stem && Self.opens($0) }
      let isDouble = found.contains { $0.fileName == path.fileName }
      if !isKnown && !isDouble && Self.opens(path) { found.append(path) }
    }
    return found
  }

  /// Tells the loader, which must not have been called before, of the unregistered libraries.
  ///
  /// - Returns: Those that were found; none where the folder that names them cannot be written.
  package func register() -> [String] {
    let found = unregistered
    if found.isEmpty { return [] }
    let folder = FileManager.default.temporaryDirectory.path + "/gpt2-gpu-drivers-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do {
      // Libraries named there are run: nobody else may write the folder.
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      for (name, text) in icdFiles { try Data(text.utf8).write(to: URL(filePath: folder + "/" + name)) }
      for (index, path) in found.enumerated() {
        try Data((path + "\n").utf8).write(to: URL(filePath: folder + "/gpt2-gpu-\(index).icd"))
      }
    } catch {
      return []
    }
    // The loader reads the folder in its first call, and children of this process must not look for it.
    setenv("OCL_ICD_VENDORS", folder, 1)
    var count: cl_uint = 0
    clGetPlatformIDs(0, nil, &count)
    unsetenv("OCL_ICD_VENDORS")
    return found
  }

  /// The `.icd` files by name, and their texts.
  private var icdFiles: [String: String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: vendors)) ?? []
    let files = names.filter { $0.hasSuffix(".icd") }.compactMap { name in
      FileManager.default.contents(atPath: vendors + "/" + name).map { (name, String(decoding: $0, as: UTF8.self)) }
    }
    return Dictionary(files) { first, _ in first }
  }

  /// Whether the linker finds a library and everything it depends on.
  private static func opens(_ path: String) -> Bool {
    guard let library = dlopen(path, RTLD_LAZY | RTLD_LOCAL) else { return false }
    dlclose(library)
    return true
  }
}

extension String {
  fileprivate var trimmed: String { String(prefix { !$0.isNewline }.drop { $0 == " " }) }
  /// The last part of a path.
  fileprivate var fileName: String { split(separator: "/").last.map(String.init) ?? self }
  /// A library's name without its version.
  fileprivate var stem: String { firstRange(of: ".so").map { String(self[..<$0.lowerBound]) } ?? self }
}
