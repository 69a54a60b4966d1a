internal import Diagnosis
internal import System
import ArgumentParser
import GPT2
import JSON
import OpenCL

/// `gpt2-gpu doctor`: whether the devices of this machine compute rightly.
struct Doctor: MessagingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare every kernel on every device with the host's numbers.",
    usage: "gpt2-gpu doctor [<options>]",
    discussion: """
      Says what is right, what is wrong, what does not build, and what falls back and why. The exit code is 5 where a \
      device gives wrong numbers.

      Where a program ends by a signal, or with words of LLVM, as soon as a PoCL device starts, what PoCL has compiled may \
      be damaged, as after a power cut: remove its folder, which is ~/.cache/pocl unless POCL_CACHE_DIR or XDG_CACHE_HOME \
      says otherwise. To try without it: POCL_CACHE_DIR=$(mktemp -d) gpt2-gpu doctor.

      Examples:
        gpt2-gpu doctor
        gpt2-gpu doctor --device 0 --format json
      """)

  @Option(
    help: ArgumentHelp(
      """
      A device by its number in 'gpt2-gpu devices' or by part of its name, 'cpu', or 'all' (default: $GPT2_GPU_DEVICE, else \
      all).
      """, valueName: "number|cpu|name|all"))
  var device: String?

  @Option(
    help: ArgumentHelp(
      "How long to look at a device; the kernels that it uses come first.", valueName: "seconds"))
  var timeLimit = 60

  @OptionGroup var format: FormatOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    if timeLimit < 1 { throw ValidationError("--time-limit must be at least 1 second.") }
  }

  func run() throws {
    let interruption = Interruption()
    interruption.onRaise {}  // from the start: the doctor looks for itself
    // Before drivers start threads of theirs, which must not take the signals.
    Signals.divert { interruption.raise($0) }
    let device = EnvironmentDefault.device.value(unless: self.device) ?? "all"
    let selections: [DeviceSelection] =
      device == "all" ? try Device.all().indices.map(DeviceSelection.number) + [.cpu] : [DeviceSelection(device)]
    for sentence in DriverAdvice.registrations { Output.notice(sentence) }
    if device == "all", selections == [.cpu] {
      Output.notice("There is no OpenCL device to look at: 'gpt2-gpu devices' tells why. \(DriverAdvice.sentence)")
    }
    var reports: [DoctorReport] = []
    for selection in selections where interruption.signal == nil {
      let found = try EnvironmentDefault.device.naming(unless: self.device) { try selection.resolve() }
      let doctor = DeviceDoctor(
        found, timeLimit: .seconds(timeLimit), isInterrupted: { interruption.signal != nil },
        onProgress: { Output.progress($0) })
      let diagnosis = doctor.examine()
      Output.progress(nil)
      let report = DoctorReport(diagnosis, isInterrupted: interruption.signal != nil)
      reports.append(report)
      if format.format == .text { try Output.results.print((reports.count > 1 ? "\n" : "") + report.text) }
    }
    if format.format == .json { try Output.results.print(JSON.array(reports.map(\.json)).text + "\n") }
    let faults = reports.map(\.diagnosis).filter { !$0.culprits.isEmpty }
    if let signal = interruption.signal {
      throw CommandEnd(exitCode: Signals.status(of: signal), message: "Interrupted: what was looked at is above.")
    }
    if !faults.isEmpty { throw FaultyDevices(faults) }
    let left = reports.map(\.diagnosis).filter { $0.leftOut > 0 }
    if !left.isEmpty && reports.count > 1 {
      let names = left.map { "device \($0.device.id)" }.joined(separator: ", ")
      Output.notice("Not everything was looked at: see \(names); --time-limit gives more time.")
    }
  }
}

/// Devices that give wrong numbers, or none.
struct FaultyDevices: Error, CustomStringConvertible {
  let description: String

  init(_ diagnoses: [DeviceDiagnosis]) {
    description = diagnoses.map { diagnosis in
      "Device \(diagnosis.device.id) (\(diagnosis.device.name)) does not compute rightly: "
        + diagnosis.culprits.joined(separator: ", ") + "."
    }
    .joined(separator: "\n")
  }
}
