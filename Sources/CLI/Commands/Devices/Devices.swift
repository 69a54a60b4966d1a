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
    if let sentence = Self.defaultDevice() { Output.notice(sentence) }
    let list = devices.enumerated().map { DeviceReport(number: $0, device: $1, among: devices) }
    switch format.format {
    case .text: try Output.results.print(table(of: list).text + list.map { "\n" + $0.details }.joined())
    case .json: try Output.results.print(JSON.array(list.map(\.json) + [DeviceReport.cpu]).text + "\n")
    }
  }

  /// Which device the environment makes the default, as a sentence; nil where it names none.
  private static func defaultDevice() -> String? {
    guard let named = EnvironmentDefault.device.value else { return nil }
    guard let found = try? DeviceSelection.resolve(list: named) else {
      return "GPT2_GPU_DEVICE is \(named), which names no device here."
    }
    return "GPT2_GPU_DEVICE is \(named): without --device, \(found.map(\.id).joined(separator: ", ")) computes."
  }

  /// What one chooses by, in a line each; the rest is below.
  private func table(of list: [DeviceReport]) -> Table {
    var table = Table(headings: ["device", "type", "memory", "kernels", "name"])
    for report in list { table.append(report.cells) }
    table.append(["cpu", "CPU", "-", "-", "OpenBLAS, without OpenCL"])
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
      String(number), device.type.name, ByteSize(device.globalMemory).gibibytes(), kernels.family.rawValue, device.name,
    ]
  }

  /// What else is known, a line each.
  var details: String {
    var table = Table()
    table.append("  vendor", device.vendor)
    table.append("  driver", driver)
    table.append("  version", device.version)
    table.append("  compute units", String(device.computeUnits))
    table.append("  largest buffer", ByteSize(device.maxAllocation).gibibytes())
    table.append("  local memory", "\(device.localMemory >> 10) KiB")
    table.append("  fp16 arithmetic", hasHalfPrecision ? "yes" : "no")
    if !sameHardware.isEmpty { table.append("  same hardware", "device " + sameHardware.joined(separator: ", ")) }
    table.append("  kernels", kernels.family.rawValue + (kernels.obstacle.map { ": \($0)" } ?? ""))
    for (number, unit) in dotUnits.enumerated() {
      table.append(number == 0 ? "  dot units" : "", "\(unit.name): \(unit.sentence)")
    }
    if !tunings.isEmpty { table.append("  tuned", tunings.map(\.precision.rawValue).joined(separator: ", ")) }
    return Style.bold("Device \(number)", on: Output.results.descriptor) + "\n" + table.text
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
      "dot_units": .array(
        dotUnits.map {
          [
            "name": .string($0.name), "verdict": .string($0.verdict),
            "detail": $0.detail.map { .string($0) } ?? .null,
          ]
        }),
    ]
  }

  static let cpu: JSON = [
    "id": .string("cpu"), "name": .string("OpenBLAS"), "type": .string("CPU"), "fp16": .boolean(false),
  ]
}

extension DeviceType {
  /// The type, for people.
  fileprivate var name: String {
    if contains(.gpu) { return "GPU" }
    if contains(.accelerator) { return "accelerator" }
    return contains(.cpu) ? "CPU" : "other"
  }
}
