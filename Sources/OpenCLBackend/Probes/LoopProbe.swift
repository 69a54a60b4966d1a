internal import Kernels
internal import OpenCL
internal import Synchronization

/// Tries whether a device runs a long loop of one work-item to its end, as the simd family's kernels need.
///
/// Mesa's llvmpipe leaves all loops of a work-item after 65,535 iterations together: enough for no row of GPT-2's
/// logits.
enum LoopProbe {
  /// More than any work-item of the simd family runs through for GPT-2, and about 1 ms on a processor.
  static let rounds = 1_000_000
  /// The sequence of loops.cl after so many rounds.
  static let expected: UInt32 = 366_300_225
  /// The program that is compiled.
  static var program: String { KernelLibrary.replacements[.loops] ?? KernelSource.loops.text }

  /// The contexts of probes, which their devices' first backends take: PoCL reads its library anew in each, 0.4 s.
  private static let spare = Mutex<[Device: Context]>([:])

  /// A context of a device.
  static func context(for device: Device) throws -> Context {
    try spare.withLock { $0.removeValue(forKey: device) } ?? Context(device: device)
  }

  /// The device's fault; nil where its loops run to their end.
  ///
  /// - Throws: ``OpenCLError`` where the probe cannot be made.
  static func failure(_ device: Device) throws -> String? {
    let context = try Context(device: device)
    spare.withLock { $0[device] = context }
    let launcher = KernelLauncher(
      queue: try CommandQueue(context), library: KernelLibrary(context, cache: .standard(for: device)))
    let y = try Buffer<UInt32>(context, count: 1)
    try launcher.run(LoopKernel(), global: NDRange(1), local: NDRange(1), Output(y), Int32(rounds))
    let found = try launcher.queue.read(y)
    launcher.library.keepPrograms()
    return found == [expected] ? nil : "a long loop of one work-item gives a wrong number: it seems to end early"
  }
}

/// The kernel of loops.cl.
private struct LoopKernel: KernelDescriptor {
  var source: KernelSource { .loops }
  var function: String { "run_loop" }
  var definitions: [(name: String, value: String)] { [] }
}
