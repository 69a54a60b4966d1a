import OpenCL
import TestSupport
import Testing

extension Trait where Self == ConditionTrait {
  /// Skips a test where there is no device to run it on.
  static var requiresDevice: Self {
    .enabled(if: !Devices.all.isEmpty, "No OpenCL driver offers a device here.")
  }
}

/// A device with a context and a queue.
struct QueueHarness {
  let context: Context
  let queue: CommandQueue

  init(_ device: Device, profiling: Bool = false) throws {
    context = try Context(device: device)
    queue = try CommandQueue(context, profiling: profiling)
  }

  func buffer<Element>(_ elements: [Element]) throws -> Buffer<Element> {
    let buffer = try Buffer<Element>(context, count: elements.count)
    try queue.write(elements, to: buffer)
    return buffer
  }

  func kernel(_ name: String, in source: String, options: String = "") throws -> Kernel {
    try Program(context, source: source, options: options).kernel(named: name)
  }
}

/// The error that `body` throws.
func failure(of body: () throws -> Void) throws -> OpenCLError {
  try #require(throws: OpenCLError.self) { try body() }
}

/// Runs `body` with `fault` in force.
func withFault<Result>(_ fault: FaultInjection?, _ body: () throws -> Result) throws -> Result {
  try FaultInjection.$current.withValue(fault) { try body() }
}
