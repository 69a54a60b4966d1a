internal import Kernels
package import OpenCL
internal import Synchronization

/// The kernels that a device uses by default: the one place that decides.
package struct FamilyChoice: Sendable {
  /// Which they are.
  package let family: KernelFamily
  /// Why they are not those made for the device's type; nil where they are.
  package let obstacle: String?

  /// The device and the probe's program: a test may put another program in the probe's place, for its task alone.
  private struct Trial: Hashable {
    let device: Device
    let program: String
  }

  /// The choices made in this process.
  private static let found = Mutex<[Trial: FamilyChoice]>([:])

  /// The choice for a device, which is tried once a process.
  package init(for device: Device) {
    let trial = Trial(device: device, program: LoopProbe.program)
    self = Self.found.withLock { found in
      if let choice = found[trial] { return choice }
      let choice = FaultInjection.$current.withValue(nil) { FamilyChoice(trying: device) }
      found[trial] = choice
      return choice
    }
  }

  /// `simd` for CPU-type devices that run long loops to their end, and for others that have less than `simt` needs.
  init(trying device: Device) {
    if device.type.contains(.cpu) {
      // A device that fails the probe with an error fails again where the error can be told.
      obstacle = (try? LoopProbe.failure(device)) ?? nil
      family = obstacle == nil ? .simd : .simt
    } else {
      obstacle = Self.shortage(device)
      family = obstacle == nil ? .simt : .simd
    }
  }

  /// The work-items of a group and the bytes of local memory that some kernels of `simt` need, whatever the model.
  private static let (leastGroup, leastLocalMemory) = (256, 32 << 10)

  /// What a device lacks that `simt` needs; nil where nothing.
  private static func shortage(_ device: Device) -> String? {
    if device.maxWorkGroupSize < leastGroup {
      return "its work-groups have \(device.maxWorkGroupSize) work-items at the most, fewer than \(leastGroup)"
    }
    if device.localMemory < leastLocalMemory {
      return "it has \(device.localMemory) bytes of local memory, fewer than \(leastLocalMemory)"
    }
    return nil
  }
}
