@testable import Backend
import Kernels
import OpenCL
import TestSupport
import Testing

@testable import Diagnosis
@testable import GPT2
@testable import OpenCLBackend

extension BackendTests {
  /// Which kernels a device uses by default.
  @Suite struct FamilyChoiceTests {
    /// The probe's kernel, as a driver runs it that ends loops early.
    private static let shortLoop = KernelSource.loops.text.replacing("i < rounds", with: "i < min(rounds, 65535)")
    /// Devices whose type the simd kernels are made for.
    private static let processors = Devices.all.filter { $0.type.contains(.cpu) }

    @Test func familiesHadOtherNames() {
      #expect(KernelFamily(rawValue: "panel") == .simd && KernelFamily(rawValue: "workgroup") == .simt)
      #expect(KernelFamily.allCases.allSatisfy { KernelFamily(rawValue: $0.rawValue) == $0 })
      #expect(KernelFamily(rawValue: "fast") == nil)
    }

    @Test func theProbeExpectsWhatItsKernelSays() {
      var x: UInt32 = 1
      for _ in 0..<LoopProbe.rounds { x = x &* 1_664_525 &+ 1_013_904_223 }
      #expect(x == LoopProbe.expected)
      #expect(Self.shortLoop != KernelSource.loops.text)
    }

    @Test(arguments: Devices.all)
    func everyDeviceUsesWhatItRuns(_ device: Device) throws {
      let choice = FamilyChoice(for: device)
      switch device.platformName {
      case "Portable Computing Language" where device.type.contains(.cpu):
        #expect(choice.family == .simd && choice.obstacle == nil)
      case "rusticl" where device.name.contains("llvmpipe"):
        #expect(choice.family == .simt && choice.obstacle != nil)
      default:
        #expect((choice.family == .simd) == (device.type.contains(.cpu) == (choice.obstacle == nil)))
      }
      let backend = try OpenCLBackend(device: device, precision: .fp32, maximumRows: 1)
      #expect(backend.family == choice.family)
    }

    @Test(arguments: processors)
    func whereLoopsEndEarlyWorkGroupsAreUsed(_ device: Device) throws {
      try KernelLibrary.$replacements.withValue([.loops: Self.shortLoop]) {
        let choice = FamilyChoice(for: device)
        #expect(choice.family == .simt)
        let obstacle = try #require(choice.obstacle)
        #expect(obstacle.contains("loop") && obstacle.contains("early"))
        #expect(try OpenCLBackend(device: device, precision: .fp32, maximumRows: 1).family == .simt)
        // The doctor says which, and why.
        let compute = ComputeDevice(id: "0", name: device.name, device: device)
        let diagnosis = DeviceDoctor(compute).examine(families: [], precisions: [], includesModel: false)
        #expect(diagnosis.defaultFamily == .simt && diagnosis.familyObstacle == obstacle)
      }
      // Breaking it in this task decides nothing for others.
      #expect(FamilyChoice(for: device).family == FamilyChoice(trying: device).family)
    }

    /// An error of the device is no verdict on its loops: it is told where the device is used.
    @Test(arguments: processors)
    func aProbeThatCannotBeMadeChangesNothing(_ device: Device) throws {
      for routine in ["clCreateContext", "clEnqueueNDRangeKernel", "clEnqueueReadBuffer"] {
        let fault = FaultInjection(routine, status: .outOfResources)
        let choice = FaultInjection.$current.withValue(fault) { FamilyChoice(trying: device) }
        #expect(choice.family == .simd && choice.obstacle == nil && fault.hasFired, "\(routine)")
      }
      let broken = KernelLibrary.$replacements.withValue([.loops: "nonsense"]) { FamilyChoice(for: device) }
      #expect(broken.family == .simd && broken.obstacle == nil)
    }
  }
}
