import Foundation
import JSON
import TestSupport
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
    let list = table.split(separator: "\n\n").first?.split(separator: "\n") ?? []
    #expect(list.count == devices.count + 1)
  }

  private static let library = "/usr/lib/x86_64-linux-gnu/libm.so.6"
  private static let rusticl = "/etc/OpenCL/vendors/rusticl.icd"

  /// A library by the name of NVIDIA's driver, as a container mounts it without a file that names it.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: library), "\(library) is not there."))
  func saysWhichDriverNobodyNamed() throws {
    let folder = try TemporaryFolder()
    let driver = folder.url.appending(path: "libnvidia-opencl.so.1")
    try FileManager.default.createSymbolicLink(at: driver, withDestinationURL: URL(filePath: Self.library))
    // Where drivers are named, none is looked for.
    let unnamed: [String: String?] = ["OCL_ICD_VENDORS": nil, "OCL_ICD_FILENAMES": nil]
    let beside = unnamed.merging(["LD_LIBRARY_PATH": folder.path]) { $1 }
    let run = try Program.run("devices", environment: beside)
    let sentence =
      "The driver \(driver.path) is there, but no file in /etc/OpenCL/vendors names it: "
      + "it was tried all the same, and offers no device."
    #expect(run.status == 0 && run.errors.contains(sentence), "\(run.errors)")
    // The others are found as before.
    #expect(try run.output == Program.run("devices", environment: unnamed).output)
    let named = beside.merging(["OCL_ICD_VENDORS": "/etc/OpenCL/vendors"]) { $1 }
    #expect(try !Program.run("devices", environment: named).errors.contains("is there"))
  }

  /// Mesa's processor, which ends long loops early, where it is installed.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: rusticl), "rusticl is not installed here."))
  func saysWhyAProcessorUsesTheOtherKernels() throws {
    let environment = ["OCL_ICD_VENDORS": Self.rusticl, "RUSTICL_ENABLE": "llvmpipe"]
    let devices = try #require(
      try Program.run("devices", "--format", "json", environment: environment).json.array?.dropLast())
    for (number, device) in devices.enumerated() where device["name"]?.string?.contains("llvmpipe") == true {
      #expect(device["kernels"]?.string == "simt")
      let reason = try #require(device["kernels_reason"]?.string)
      #expect(try Program.run("devices", environment: environment).output.contains("simt: \(reason)"))
      let doctor = ["doctor", "--device", String(number), "--time-limit", "1"]
      let text = try Program.run(doctor, environment: environment).output
      #expect(text.contains("It uses the simt kernels: \(reason)."))
      let report = try Program.run(doctor + ["--format", "json"], environment: environment).json.array?.first
      #expect(report?["default_kernels"]?.string == "simt")
      #expect(report?["default_kernels_reason"]?.string == reason)
    }
  }

  @Test func saysWhatHelpsWhereThereIsNone() throws {
    // The loader looks for drivers there.
    let run = try Program.run("devices", environment: ["OCL_ICD_VENDORS": "/no/such/folder"])
    #expect(run.status == 0 && run.output.contains("cpu"))
    #expect(run.errors.contains("There is no OpenCL device"))
    #expect(run.errors.contains("OCL_ICD_VENDORS is set to /no/such/folder"))
  }
}
