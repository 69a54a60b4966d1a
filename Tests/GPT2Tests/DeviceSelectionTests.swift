internal import Backend
import Checkpoint
import GPT2
import OpenCL
import Testing

/// Lists of devices, as `--device` takes them.
@Suite struct DeviceSelectionTests {
  private func ids(_ list: String, allIncludesCPU: Bool = false) throws -> [String] {
    try DeviceSelection.resolve(list: list, allIncludesCPU: allIncludesCPU).map(\.id)
  }

  @Test func eachDeviceIsTakenOnce() throws {
    #expect(try ids("cpu") == ["cpu"] && ids("cpu, CPU") == ["cpu"] && ids(" cpu ,cpu,Cpu") == ["cpu"])
    guard let first = try Device.all().first else { return }
    #expect(try ids("0,cpu") == ["0", "cpu"] && ids("cpu, 0,\(first.name)") == ["cpu", "0"])
    // Part of a name, which may have a comma in it.
    #expect(try ids(String(first.name.dropFirst())) == ["0"])
  }

  @Test func allAreTheOpenCLDevicesAndTheCPUWhereAsked() throws {
    let numbers = try Device.all().indices.map(String.init)
    #expect(try ids("all", allIncludesCPU: true) == numbers + ["cpu"])
    if numbers.isEmpty {
      #expect(throws: DeviceError.self) { try ids("ALL") }
    } else {
      #expect(try ids("ALL") == numbers)
    }
  }

  /// Nothing else is put in the place of what was asked for.
  @Test func whatADeviceDoesNotHaveIsRefused() throws {
    let int8 = #expect(throws: SettingsError.self) { try LoadedModel(.demo, device: .cpu, precision: .int8) }
    #expect(int8?.description.contains("computes in fp32 alone, and int8 was asked for") == true)
    #expect(try LoadedModel(.demo, device: .cpu, precision: .fp32).precision == .fp32)
  }

  @Test(arguments: ["", " ", "cpu,", ",cpu", "cpu,no such device", "99", "-1", "all,cpu"])
  func missingDevicesAreToldOf(_ list: String) {
    let error = #expect(throws: DeviceError.self) { try ids(list, allIncludesCPU: true) }
    #expect(error?.description.contains("The devices here are") == true)
  }
}
