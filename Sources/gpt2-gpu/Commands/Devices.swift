internal import System
internal import Backend
internal import Diagnosis
internal import OpenCLBackend
import ArgumentParser
import GPT2
import JSON
import OpenCL

/// `gpt2-gpu devices`: the devices of this machine.
struct Devices: MessagingCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the devices that can compute.",
    discussion: """
      The first column is what --device takes.

      Examples:
        gpt2-gpu devices
        gpt2-gpu devices --format json
      """)

  @OptionGroup var format: FormatOptions
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let devices = try Device.all()
    let advice = DriverAdvice.ofThisMachine().sentences(
      hasDevices: !devices.isEmpty, hasGraphics: devices.contains { $0.type.contains(.gpu) })
    for sentence in DriverAdvice.registrations + advice { Output.notice(sentence) }
    let list = devices.enumerated().map { DeviceReport(number: $0, device: $1, among: devices) }
    switch format.format {
    case .text: try Output.results.print(table(of: list).text)
    case .json: try Output.results.print(JSON.array(list.map(\.json) + [DeviceReport.cpu]).text + "\n")
    }
  }

  private func table(of list: [DeviceReport]) -> Table {
    var table = Table(headings: [
      "device", "type", "name", "vendor", "driver", "version", "units", "memory", "largest buffer", "local", "fp16",
      "same hardware", "kernels", "dot units", "tuned",
    ])
    for report in list { table.append(report.cells) }
    let sameAsCPU = list.filter { $0.device.type.contains(.cpu) }.map { String($0.number) }
    table.append([
      "cpu", "CPU", "OpenBLAS, without OpenCL", "-", "-", "-", "-", "-", "-", "-", "no", joined(sameAsCPU), "-", "-",
      "-",
    ])
    return table
  }
}

/// The listing of one OpenCL device.
private struct DeviceReport {
  let number: Int
  let device: Device
  /// The numbers of other drivers' devices that are the same piece of hardware, and `cpu` where this is the processor.
  let sameHardware: [String]
  let kernels: FamilyChoice
  let dotUnits: [DotUnitVerdict]
  /// What `tune` found that is in use.
  let tunings: [TuningDiagnosis]

  init(number: Int, device: Device, among devices: [Device]) {
    self.number = number
    self.device = device
    sameHardware =
      devices.indices.filter { $0 != number && devices[$0].isSameHardware(as: device) }.map(String.init)
      + (device.type.contains(.cpu) ? ["cpu"] : [])
    kernels = FamilyChoice(for: device)
    let tried = DotUnitDiagnosis.all(on: device, kernels.family)
    dotUnits = DotUnits.verdicts(tried)
    tunings = TuningDiagnosis.all(on: device, kernels.family, tried)
  }

  private var driver: String { "\(device.platformName) \(device.driverVersion)" }
  /// Whether it computes in 16-bit floats; weights are stored in them on any device.
  private var hasHalfPrecision: Bool { device.extensions.contains("cl_khr_fp16") }

  var cells: [String] {
    [
      String(number), device.type.name, device.name, device.vendor, driver, device.version,
      String(device.computeUnits), ByteSize(device.globalMemory).gibibytes(),
      ByteSize(device.maxAllocation).gibibytes(),
      "\(device.localMemory >> 10) KiB", hasHalfPrecision ? "yes" : "no", joined(sameHardware),
      kernels.family.rawValue + (kernels.obstacle.map { ": \($0)" } ?? ""),
      joined(dotUnits.map { "\($0.name): \($0.verdict)" }),
      joined(tunings.map(\.precision.rawValue)),
    ]
  }

  var json: JSON {
    [
      "id": .string(String(number)), "name": .string(device.name), "type": .string(device.type.name),
      "vendor": .string(device.vendor), "driver": .string(driver), "version": .string(device.version),
      "compute_units": .integer(device.computeUnits), "memory_bytes": .integer(device.globalMemory),
      "max_allocation_bytes": .integer(device.maxAllocation), "local_memory_bytes": .integer(device.localMemory),
      "fp16": .boolean(hasHalfPrecision), "same_hardware_as": .array(sameHardware.map { .string($0) }),
      "kernels": .string(kernels.family.rawValue),
      "kernels_reason": kernels.obstacle.map { .string($0) } ?? .null,
      "tuned": .array(tunings.map { ["precision": .string($0.precision.rawValue), "file": .string($0.path)] }),
      "dot_units": .array(dotUnits.map { ["name": .string($0.name), "verdict": .string($0.verdict)] }),
    ]
  }

  static let cpu: JSON = [
    "id": .string("cpu"), "name": .string("OpenBLAS"), "type": .string("CPU"), "fp16": .boolean(false),
  ]
}

private func joined(_ parts: [String]) -> String { parts.isEmpty ? "-" : parts.joined(separator: ", ") }

extension DeviceType {
  /// The type, for people.
  fileprivate var name: String {
    if contains(.gpu) { return "GPU" }
    if contains(.accelerator) { return "accelerator" }
    return contains(.cpu) ? "CPU" : "other"
  }
}
