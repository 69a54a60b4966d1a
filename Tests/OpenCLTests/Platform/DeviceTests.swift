import OpenCL
import TestSupport
import Testing

@Suite(.requiresDevice)
struct DeviceTests {
  @Test(arguments: Devices.all)
  func saysWhatItIs(device: Device) {
    #expect(!device.name.isEmpty && !device.vendor.isEmpty && !device.driverVersion.isEmpty)
    #expect(!device.name.contains("\0") && !device.platformName.contains("\0"))
    #expect(device.version.hasPrefix("OpenCL ") && device.platformVersion.hasPrefix("OpenCL "))
    #expect(device.openCLCVersion.hasPrefix("OpenCL C "))
    #expect(!device.type.isEmpty)
    #expect(device.computeUnits >= 1 && device.maxWorkGroupSize >= 1)
    #expect(device.maxWorkItemSizes.count >= 3 && device.maxWorkItemSizes.allSatisfy { $0 >= 1 })
    #expect(device.maxAllocation <= device.globalMemory && device.globalMemory >= 1 << 20)
    // OpenCL 1.2's least: 32 KiB, and the alignment of a long16.
    #expect(device.localMemory >= 32 << 10 && device.baseAddressAlignment >= 128)
    #expect(device.extensions.contains("cl_khr_global_int32_base_atomics"))
    #expect(device.isAvailable && device.hasCompiler)
  }

  @Test func orderIsStableAndGraphicsProcessorsComeFirst() throws {
    let again = try Device.all()
    #expect(again == Devices.all)
    #expect(Set(again).count == again.count)
    let firstOther = again.firstIndex { !$0.type.contains(.gpu) } ?? again.count
    #expect(again[firstOther...].allSatisfy { !$0.type.contains(.gpu) })
  }

  @Test func noDriverMeansNoDevices() throws {
    let fault = FaultInjection("clGetPlatformIDs", status: .platformNotFound)
    let devices = try withFault(fault) { try Device.all() }
    #expect(devices.isEmpty)
  }

  /// The drivers that are left when the first has no device.
  private func otherDevices() throws -> [Device] {
    let first = try #require(try Platform.all().first)
    return Devices.all.filter { $0.platformName != first.name }
  }

  @Test func aDriverWithoutDevicesIsPassedOver() throws {
    let fault = FaultInjection("clGetDeviceIDs", status: .deviceNotFound)
    let devices = try withFault(fault) { try Device.all() }
    #expect(try devices == otherDevices())
  }

  @Test func aDriverThatFailsHidesNoOthers() throws {
    let others = try otherDevices()
    let fault = FaultInjection("clGetDeviceIDs", status: .outOfResources)
    try withFault(fault) {
      if others.isEmpty {
        let error = try failure { _ = try Device.all() }
        #expect(error.status == .outOfResources)
      } else {
        let devices = try Device.all()
        #expect(devices == others)
      }
    }
  }
}
