internal import Backend
internal import Kernels
internal import OpenCL
internal import Synchronization

/// Compares a dot unit with multiply-adds in fp32 on a device: not every processor that has a unit is faster with it.
///
/// A Zen 4 core multiplies twice as many pairs with vdpbf16ps as with multiply-adds, an Emerald Rapids core half as
/// many. So far apart, the times of a noisy machine do not change the verdict from one start to the next.
enum DotUnitRate {
  /// Rounds of dot_rates.cl: 0.2 to 0.4 ms, far more than a launch takes.
  private static let rounds: Int32 = 30_000
  /// Measurements of each, in turn.
  private static let repeats = 3
  /// 1.0 twice, so that sums are exact whatever adds them up.
  private static let ones: UInt32 = 0x3F80_3F80

  private struct Trial: Hashable {
    let device: Device
    let unit: DotUnit
  }

  /// The times measured in this process, where all backends must agree.
  private static let found = Mutex<[Trial: Double]>([:])

  /// How many times as long as multiply-adds in fp32 the unit takes on the launcher's device; nil for units of integers and
  /// tensor cores, to which nothing else comes near.
  static func relativeTime(of unit: DotUnit, _ launcher: KernelLauncher) throws -> Double? {
    guard unit.precision == .bf16, !unit.usesTensorCores else { return nil }
    let trial = Trial(device: launcher.queue.context.device, unit: unit)
    if let time = found.withLock({ $0[trial] }) { return time }
    let time = try measured(unit, launcher)
    return found.withLock { found in
      found[trial] = found[trial] ?? time
      return found[trial]
    }
  }

  private static func measured(_ unit: DotUnit, _ launcher: KernelLauncher) throws -> Double {
    let y = try Buffer<Float>(launcher.queue.context, count: 1)
    func run(_ unit: DotUnit) throws -> Duration {
      try ContinuousClock().measure {
        try launcher.run(
          DotRateKernel(unit: unit), global: NDRange(1), local: NDRange(1), Output(y), ones, ones, rounds)
        try launcher.queue.finish()
      }
    }
    let pairs = try (0...repeats).map { _ in (try run(unit), try run(.portable)) }.dropFirst()  // the first compiles
    let (shortest, portable) = (pairs.map(\.0).min() ?? .zero, pairs.map(\.1).min() ?? .zero)
    return shortest / portable
  }
}

/// The kernel of dot_rates.cl.
private struct DotRateKernel: KernelDescriptor {
  let unit: DotUnit

  var source: KernelSource { .dotRates }
  var function: String { "multiply_pairs" }
  var definitions: [(name: String, value: String)] { unit.definitions }
}
