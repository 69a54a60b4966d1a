internal import Kernels
package import OpenCL
internal import Synchronization

/// The kernels that a device uses where nobody says: the one place that decides.
package struct FamilyChoice: Sendable {
  /// Which they are.
  package let family: KernelFamily
  /// Why they are not those made for the device's type; nil where they are.
  package let obstacle: String?

  /// What has been found in this process.
  private static let found = Mutex<[Device: FamilyChoice]>([:])

  /// The choice for a device, which is tried once a process.
  package init(for device: Device) {
    // What a test breaks on purpose holds for its task, not for the process.
    if KernelLibrary.replacements[.loops] != nil {
      self.init(trying: device)
    } else {
      self = Self.found.withLock { found in
        if let choice = found[device] { return choice }
        let choice = FaultInjection.$current.withValue(nil) { FamilyChoice(trying: device) }
        found[device] = choice
        return choice
      }
    }
  }

  /// Panels for CPU-type devices that run long loops to their end, else work-groups, whose items loop less.
  init(trying device: Device) {
    // A device that fails the probe with an error fails again where the error can be told.
    obstacle = device.type.contains(.cpu) ? (try? LoopProbe.failure(device)) ?? nil : nil
    family = device.type.contains(.cpu) && obstacle == nil ? .panel : .workgroup
  }
}
