import Foundation
import JSON
import Testing

@Suite struct DevicesTests {
  @Test func listsTheProcessorLast() throws {
    let run = try Program.run("devices", "--format", "json")
    #expect(run.status == 0)
    let devices = try #require(try run.json.array)
    #expect(devices.last?["id"]?.string == "cpu")
    for (number, device) in devices.dropLast().enumerated() {
      #expect(device["id"]?.string == String(number))
      #expect((device["compute_units"]?.integer ?? 0) > 0)
      let memory = try #require(device["memory_bytes"]?.integer)
      #expect((1...memory).contains(try #require(device["max_allocation_bytes"]?.integer)))
    }
    let table = try Program.run("devices").output
    #expect(table.split(separator: "\n").count == devices.count + 1)
  }

  /// A library by the name of NVIDIA's driver, as a container mounts it without a file that names it.
  @Test func saysWhichDriverNobodyNamed() throws {
    let library = "/usr/lib/x86_64-linux-gnu/libm.so.6"
    guard FileManager.default.fileExists(atPath: library) else { return }
    // Where drivers are named, none is looked for.
    guard ProcessInfo.processInfo.environment["OCL_ICD_VENDORS"] == nil else { return }
    let folder = try TemporaryFolder()
    let driver = folder.url.appending(path: "libnvidia-opencl.so.1")
    try FileManager.default.createSymbolicLink(at: driver, withDestinationURL: URL(filePath: library))
    let run = try Program.run("devices", environment: ["LD_LIBRARY_PATH": folder.path])
    #expect(run.status == 0 && run.errors.contains("The driver \(driver.path) is there, but no file"), "\(run.errors)")
    // The others are found as before.
    #expect(try run.output == Program.run("devices").output)
    let named = ["LD_LIBRARY_PATH": folder.path, "OCL_ICD_VENDORS": "/etc/OpenCL/vendors"]
    #expect(try !Program.run("devices", environment: named).errors.contains("is there"))
  }

  /// Mesa's processor, which ends long loops early, where it is installed.
  @Test func saysWhyAProcessorUsesTheOtherKernels() throws {
    let driver = "/etc/OpenCL/vendors/rusticl.icd"
    guard FileManager.default.fileExists(atPath: driver) else { return }
    let environment = ["OCL_ICD_VENDORS": driver, "RUSTICL_ENABLE": "llvmpipe"]
    let devices = try #require(
      try Program.run("devices", "--format", "json", environment: environment).json.array?.dropLast())
    for (number, device) in devices.enumerated() where device["name"]?.string?.contains("llvmpipe") == true {
      #expect(device["kernels"]?.string == "workgroup")
      let reason = try #require(device["kernels_reason"]?.string)
      #expect(try Program.run("devices", environment: environment).output.contains("workgroup: \(reason)"))
      let doctor = ["doctor", "--device", String(number), "--time-limit", "1"]
      let text = try Program.run(doctor, environment: environment).output
      #expect(text.contains("It uses the workgroup kernels: \(reason)."))
      let report = try Program.run(doctor + ["--format", "json"], environment: environment).json.array?.first
      #expect(report?["default_kernels"]?.string == "workgroup")
      #expect(report?["default_kernels_reason"]?.string == reason)
    }
  }

  @Test func saysWhatHelpsWhereThereIsNone() throws {
    // The loader looks for drivers there.
    let run = try Program.run("devices", environment: ["OCL_ICD_VENDORS": "/no/such/folder"])
    #expect(run.status == 0 && run.output.contains("cpu"))
    #expect(run.errors.contains("There is no OpenCL device") && run.errors.contains("pocl-opencl-icd"))
  }
}
