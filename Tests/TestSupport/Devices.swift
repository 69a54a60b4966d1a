package import OpenCL

/// The OpenCL devices of this machine: every test of a kernel runs on each of them.
package enum Devices {
  package static let all: [Device] = {
    do {
      let devices = try Device.all()
      if devices.isEmpty { print("Kernels are not tested: no OpenCL driver offers a device here.") }
      return devices
    } catch {
      print("Kernels are not tested: \(error)")
      return []
    }
  }()

  /// Those that compile and run kernels quickly.
  package static let quick = all.filter { !$0.isSimulated && !$0.compilesSlowly }
}

extension Device {
  /// Whether this is Oclgrind, which checks every access of a kernel, and takes its time.
  package var isSimulated: Bool { platformName.contains("Oclgrind") }
  /// Whether the driver compiles for half a minute where others take a second.
  package var compilesSlowly: Bool { platformName.contains("rusticl") }
}
