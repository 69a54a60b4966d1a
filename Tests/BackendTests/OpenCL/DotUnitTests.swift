import Checkpoint
import OpenCL
import TestSupport
import Testing

@testable import Backend
@testable import Diagnosis
@testable import GPT2
@testable import OpenCLBackend

extension BackendTests {
  @Suite struct DotUnitTests {
    private func launcher(_ device: Device) throws -> KernelLauncher {
      let context = try Context(device: device)
      return KernelLauncher(queue: try CommandQueue(context), library: KernelLibrary(context, cache: nil))
    }

    /// A unit works and pays, or there is a reason why not; and a device chooses the first that does.
    @Test(arguments: KernelFamily.allCases)
    func theFirstThatPassesIsChosen(_ family: KernelFamily) throws {
      for device in Devices.all where !device.isSimulated {
        let launcher = try launcher(device)
        for precision in Precision.allCases {
          let choice = DotUnitChoice(precision, family, launcher, activation: .geluTanh)
          let candidates = DotUnit.candidates(precision, family)
          #expect(choice.failures.map(\.unit) == candidates.prefix { $0 != choice.unit })
          #expect(choice.failures.allSatisfy { !$0.reason.isEmpty })
          let obstacle = DotUnitProbe.firstForm(of: choice.unit, family, launcher).obstacle
          #expect(choice.unit == .portable || obstacle == nil)
        }
      }
    }

    /// A unit that works is left where multiply-adds take less time, and only there; all backends of a process agree.
    @Test func whatDoesNotPayIsLeft() throws {
      for device in Devices.all where !device.isSimulated {
        let launcher = try launcher(device)
        for unit in DotUnit.all {
          guard let family = unit.families.last, unit != .portable else { continue }
          let probe = DotUnitProbe(unit: unit, family: family)
          guard probe.failure(launcher) == nil else { continue }
          let time = try DotUnitRate.relativeTime(of: unit, launcher)
          #expect((time == nil) == (unit.precision != .bf16 || unit.usesTensorCores))
          #expect((probe.obstacle(launcher) == nil) == ((time ?? 0) < 1))
          #expect(try DotUnitRate.relativeTime(of: unit, try self.launcher(device)) == time)
        }
      }
    }

    /// A batch job records the unit of its backend.
    @Test(arguments: KernelFamily.allCases)
    func theDecisiveUnitIsTheBackends(_ family: KernelFamily) throws {
      let model = ModelConfiguration()
      for device in Devices.all where !device.isSimulated {
        let place = ComputeDevice(id: "0", name: device.name, device: device)
        for precision in Precision.allCases {
          let unit = place.decisiveDotUnit(for: model, precision: precision, family: family)
          let backend = try place.backend(for: model, precision: precision, family: family)
          let matters = DotUnit.candidates(precision, family).contains { !$0.addsAsPortable }
          #expect(unit == (matters ? (backend as? OpenCLBackend)?.dotUnit : nil), "\(precision)")
        }
      }
      #expect(ComputeDevice.cpu.decisiveDotUnit(for: model, precision: .bf16, family: family) == nil)
    }

    /// Units of the processor that PoCL compiles for must pass, or they would be lost without anybody noticing.
    @Test func theProcessorsUnitsWorkInPoCL() throws {
      for device in Devices.all where device.platformName == "Portable Computing Language" {
        let launcher = try launcher(device)
        let units = [DotUnit.vdpbf16ps, .vpdpbusd, .vpmaddwd] + DotUnit.candidates(.int4, .simd)
        for unit in units where unit.obstacle(on: device) == nil {
          #expect(DotUnitProbe(unit: unit, family: .simd).failure(launcher) == nil)
        }
      }
    }

    /// A device that reports the extension has it: clang declares its functions from OpenCL C 2.0 on alone.
    @Test(arguments: KernelFamily.allCases)
    func integerDotProductsWorkWhereTheyAreReported(_ family: KernelFamily) throws {
      let layout = PackedLayout(.int8, family, .integerDotProduct)
      let kernel = SIMTLinear(
        SIMTTile(height: 1), k: 1, layout: layout, unit: .integerDotProduct, activation: .linear, takesQuantized: true)
      #expect(kernel.language == .c30 && DotUnit.portable.language == .c12)
      for device in Devices.all {
        let hasDots = DotUnit.integerDotProduct.obstacle(on: device) == nil
        #expect(DotUnit.xmx.forms(on: device).map(\.language) == (hasDots ? [.c30, .c12] : [.c12]))
      }
      for device in Devices.all where DotUnit.integerDotProduct.obstacle(on: device) == nil {
        #expect(DotUnitProbe(unit: .integerDotProduct, family: family).failure(try launcher(device)) == nil)
      }
    }

    /// Missing extensions, and kernels that do not run, are found out, with a reason.
    @Test func whatDoesNotWorkFails() throws {
      for device in Devices.all where !device.isSimulated {
        let launcher = try launcher(device)
        if !device.extensions.contains(DotUnit.integerDotProduct.name) {
          let reason = DotUnitProbe(unit: .integerDotProduct, family: .simt).failure(launcher)
          #expect(reason == "the device does not report cl_khr_integer_dot_product")
        }
        if !device.extensions.contains(DotUnit.xmx.name) {
          #expect(DotUnit.xmx.obstacle(on: device) == "the device does not report \(DotUnit.xmx.name)")
        }
        if !device.name.hasPrefix("gfx11") {
          #expect(DotUnit.wmma.obstacle(on: device) == "the device is no gfx11 of AMD's")
        }
        let fault = FaultInjection("clEnqueueNDRangeKernel", status: .outOfResources)
        let unit = DotUnit.candidates(.bf16, .simd)[0]
        let reason = FaultInjection.$current.withValue(fault) {
          DotUnitProbe(unit: unit, family: .simd).failure(launcher)
        }
        #expect(reason != nil)
      }
    }

    /// `devices` and `doctor` list a unit that a device's error keeps from being tried, with that error.
    @Test(arguments: ["clCreateContext", "clEnqueueNDRangeKernel"])
    func anErrorOfTheDeviceIsTold(_ routine: String) throws {
      for device in Devices.all where !device.isSimulated {
        for family in KernelFamily.allCases {
          let fault = FaultInjection(routine, count: 100, status: .outOfResources)
          let tried = FaultInjection.$current.withValue(fault) { DotUnitDiagnosis.all(on: device, family) }
          #expect(tried.map(\.unit) == Precision.allCases.flatMap { DotUnit.candidates($0, family) })
          for unit in tried {
            let obstacle = try #require(unit.obstacle)
            let expected = unit.unit.obstacle(on: device)
            // That it fails, or that its kernel does not compile, which comes before any launch.
            #expect(expected.map { $0 == obstacle } ?? (obstacle.hasPrefix("it") && !unit.isChosen), "\(obstacle)")
            if expected == nil, routine == "clCreateContext" { #expect(obstacle.contains(routine)) }
          }
        }
      }
    }
  }
}
