import ArgumentParser
import JSON
import OpenCL

/// `gpt2-gpu devices`: what can compute here.
struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the devices that can compute.",
    discussion: """
      The first column is what --device takes.

      Examples:
        gpt2-gpu devices
        gpt2-gpu devices --format json
      """)

  @OptionGroup var format: FormatOptions

  func run() throws {
    let devices = try Device.all()
    if devices.isEmpty { Output.notice("There is no OpenCL device. \(DriverAdvice.sentence)") }
    switch format.format {
    case .text: try Output.results.print(table(of: devices).text)
    case .json: try Output.results.print(JSON.array(list(of: devices)).text + "\n")
    }
  }

  private func table(of devices: [Device]) -> Table {
    var table = Table(headings: [
      "device", "name", "vendor", "driver", "version", "units", "memory", "largest buffer", "fp16",
    ])
    for (number, device) in devices.enumerated() {
      table.append(
        String(number), device.name, device.vendor, device.driver, device.version, String(device.computeUnits),
        gibibytes(device.globalMemory), gibibytes(device.maxAllocation), device.hasHalfPrecision ? "yes" : "no")
    }
    table.append("cpu", "OpenBLAS, without OpenCL", "-", "-", "-", "-", "-", "-", "no")
    return table
  }

  private func list(of devices: [Device]) -> [JSON] {
    let openCL = devices.enumerated().map { number, device -> JSON in
      [
        "id": .string(String(number)), "name": .string(device.name), "vendor": .string(device.vendor),
        "driver": .string(device.driver), "version": .string(device.version),
        "compute_units": .integer(device.computeUnits), "memory_bytes": .integer(device.globalMemory),
        "max_allocation_bytes": .integer(device.maxAllocation), "fp16": .boolean(device.hasHalfPrecision),
      ]
    }
    return openCL + [["id": .string("cpu"), "name": .string("OpenBLAS"), "fp16": .boolean(false)]]
  }

  private func gibibytes(_ bytes: Int) -> String {
    let tenths = (Double(bytes) / Double(1 << 30) * 10).rounded() / 10
    return "\(tenths) GiB"
  }
}

extension Device {
  /// The driver with its version.
  fileprivate var driver: String { "\(platformName) \(driverVersion)" }

  /// Whether it computes in 16-bit floats; weights are stored in them on any device.
  fileprivate var hasHalfPrecision: Bool { extensions.contains("cl_khr_fp16") }
}
