import Foundation
import JSON
import TestSupport
import Testing

/// The built program, which the tests run as people do.
enum Program {
  /// The status and output of a run.
  struct Run {
    var status: Int32
    var output: String
    var errors: String

    /// The output as JSON.
    var json: JSON { get throws { try JSON(parsing: output) } }

    /// Expects that it ended well.
    func check() { #expect(status == 0, "\(errors)") }
  }

  /// Where the package was built: the test bundle lies beside the program.
  static let path: String = {
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
    let tests = bundle ?? Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
    return tests.deletingLastPathComponent().appending(path: "gpt2-gpu").path
  }()

  /// Runs the program to its end, in this process's environment with some variables changed, or taken away where nil.
  static func run(_ arguments: String..., input: [UInt8] = [], environment: [String: String?] = [:]) throws -> Run {
    try launch(path, arguments, input, environment)
  }

  /// Runs the program to its end.
  static func run(_ arguments: [String], input: [UInt8] = [], environment: [String: String?] = [:]) throws -> Run {
    try launch(path, arguments, input, environment)
  }

  /// Runs a line of shell, in which `$PROGRAM` is the program, and `await JOB TEST` waits until a test holds, or a
  /// background job has ended.
  static func shell(_ script: String) throws -> Run {
    let prelude = #"await() { while kill -0 "$1" && ! eval "$2"; do sleep 0.01; done 2>/dev/null; }"#
    return try launch("/bin/sh", ["-c", prelude + "\n" + script], [], ["PROGRAM": path])
  }

  private static func launch(
    _ executable: String, _ arguments: [String], _ input: [UInt8], _ environment: [String: String?]
  ) throws -> Run {
    // Files, not pipes: they take any amount without somebody reading at the same time.
    let folder = try TemporaryFolder()
    let (input, output, errors) = (
      try folder.write(input, to: "input"), try folder.write([], to: "output"), try folder.write([], to: "errors")
    )
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    var variables = ProcessInfo.processInfo.environment
    variables["HF_HUB_OFFLINE"] = "1"  // no test of this target asks a network
    for (name, value) in environment { variables[name] = value }
    process.environment = variables
    process.standardInput = try FileHandle(forReadingFrom: input)
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return Run(
      status: process.terminationStatus, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
  }

  /// How many OpenCL devices the program finds.
  static let deviceCount: Int = {
    let devices = try? run("devices", "--format", "json").json.array
    let count = (devices?.count ?? 1) - 1
    if count == 0 { print("Tests that write text are skipped: no OpenCL driver offers a device here.") }
    return count
  }()

  /// Whether the program finds one.
  static var hasDevice: Bool { deviceCount > 0 }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test where there is no device to run it on.
  static var requiresDevice: Self {
    .enabled(if: Program.hasDevice, "No OpenCL driver offers a device here.")
  }
}
