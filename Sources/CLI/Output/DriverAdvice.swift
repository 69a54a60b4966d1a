import OpenCL

internal import System

/// The driver that is missing where a device does not show up, and the package that brings it.
struct DriverAdvice {
  /// Why there is no driver, or every package there is, where more is not known.
  static var sentence: String { diversion ?? packages }

  private static let packages =
    "OpenCL drivers come in packages: pocl-opencl-icd for any processor, intel-opencl-icd for Intel's GPUs, "
    + "mesa-opencl-icd for AMD's; NVIDIA's comes with the GPU's driver."

  /// The drivers that OpenCL's loader would open, by the names of their files, or their paths where no file names them.
  let drivers: [String]
  /// The makers of the graphics processors on the PCI bus, by their numbers there.
  let graphicsVendors: Set<String>
  /// Whether the files of graphics processors are there and may not be opened by this user.
  let isDenied: Bool

  /// The variable that keeps OpenCL's loader from the drivers that are installed; nil where none does.
  private static var diversion: String? {
    guard let folder = getenv("OCL_ICD_VENDORS").map({ String(cString: $0) }) else { return nil }
    let names = folder.hasSuffix(".icd") && access(folder, R_OK) == 0 ? [folder] : entries(of: folder)
    guard !names.contains(where: { $0.hasSuffix(".icd") }) else { return nil }
    let installed = entries(of: "/etc/OpenCL/vendors").filter { $0.hasSuffix(".icd") }.sorted()
    return "OCL_ICD_VENDORS is set to \(folder), where no driver is registered: without it, "
      + (installed.isEmpty
        ? "none is found either. \(packages)"
        : "\(installed.joined(separator: " and ")) in /etc/OpenCL/vendors \(installed.count == 1 ? "is" : "are") used.")
  }

  /// Which drivers this process has told OpenCL's loader of.
  static var registrations: [String] {
    DriverSearch.registered.map { driver in
      let outcome =
        Platform.hasDevice(from: driver) ? "it is used all the same" : "it was tried all the same, and offers no device"
      return "The driver \(driver) is there, but no file in /etc/OpenCL/vendors names it: \(outcome)."
    }
  }

  /// Looks at this machine.
  static func ofThisMachine() -> DriverAdvice {
    let folder = getenv("OCL_ICD_VENDORS").map { String(cString: $0) } ?? "/etc/OpenCL/vendors"
    let names = folder.hasSuffix(".icd") ? [folder] : entries(of: folder)
    let nodes = entries(of: "/dev/dri").filter { $0.hasPrefix("renderD") }.map { "/dev/dri/\($0)" }
    return DriverAdvice(
      drivers: names.filter { $0.hasSuffix(".icd") } + DriverSearch.registered, graphicsVendors: graphicsVendors(),
      isDenied: !nodes.isEmpty && nodes.allSatisfy { access($0, R_OK | W_OK) != 0 })
  }

  /// Sentences, the most helpful first.
  ///
  /// - Parameters:
  ///   - hasDevices: Whether any OpenCL device was found.
  ///   - hasGraphics: Whether one of them is a graphics processor.
  func sentences(hasDevices: Bool, hasGraphics: Bool) -> [String] {
    var sentences: [String] = []
    if !hasGraphics {
      for (vendor, name, driver, package) in Self.vendors where graphicsVendors.contains(vendor) {
        if !drivers.contains(where: { file in driver.contains { file.lowercased().contains($0) } }) {
          sentences.append("There is a GPU by \(name), but no OpenCL driver for it: \(package).")
        } else if isDenied {
          sentences.append(
            "There is a GPU by \(name), but this user may not open it: sudo usermod -aG render,video $USER, and log "
              + "in again.")
        } else {
          sentences.append(
            "There is a GPU by \(name) and a driver for it, which offers no device: 'clinfo' (apt install clinfo) and "
              + "'dmesg' may say why.")
        }
      }
    }
    if !hasDevices {
      sentences.append(
        drivers.isEmpty
          ? "There is no OpenCL device: " + (Self.diversion ?? "no driver is installed. \(Self.packages)")
          : "There is no OpenCL device: the drivers that are installed (\(drivers.sorted().joined(separator: ", "))) offer none. "
            + Self.packages)
    }
    return sentences
  }

  /// Number on the PCI bus, name, the names of its drivers' files, and where the driver comes from.
  private static let vendors: [(String, String, [String], String)] = [
    (
      "0x10de", "NVIDIA", ["nvidia"],
      "apt install nvidia-opencl-icd, or NVIDIA's own driver; in a container, its runtime must pass the driver on "
        + "(NVIDIA_DRIVER_CAPABILITIES=compute,utility)"
    ),
    ("0x1002", "AMD", ["amd", "rocm", "mesa", "rusticl"], "apt install mesa-opencl-icd, or AMD's ROCm"),
    ("0x8086", "Intel", ["intel", "rusticl"], "apt install intel-opencl-icd"),
  ]

  private static func graphicsVendors() -> Set<String> {
    let bus = "/sys/bus/pci/devices"
    return Set(
      entries(of: bus).filter { line(of: "\(bus)/\($0)/class")?.hasPrefix("0x03") == true }
        .compactMap { line(of: "\(bus)/\($0)/vendor") })
  }

  private static func entries(of folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names.filter { !$0.hasPrefix(".") }
  }

  /// The first line of a file of the kernel's.
  private static func line(of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [CChar](repeating: 0, count: 64)
    guard fgets(&bytes, Int32(bytes.count), file) != nil else { return nil }
    return String(decoding: bytes.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
