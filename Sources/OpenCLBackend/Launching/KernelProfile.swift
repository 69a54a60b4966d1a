internal import OpenCL

/// How long each kernel ran, by the device's own clock.
///
/// Not Sendable: the owner of the backend reads it between two runs.
package final class KernelProfile {
  /// The launches of one kernel.
  package struct Share: Sendable {
    /// The kernel's function, and the shape of its matrix where it has one.
    package let kernel: String
    /// How often it ran.
    package var launches = 0
    /// How long all its launches took, in nanoseconds.
    package var nanoseconds: UInt64 = 0
    /// The floating-point operations of all its launches; counted for products only.
    package var operations = 0.0
  }

  /// Whether launches are timed now.
  package var isActive = false

  private var shares: [String: Share] = [:]
  /// Launches whose times are not known yet, in their order.
  private var underWay: [(kernel: String, operations: Double, event: Event)] = []
  /// From how many launches on their times are asked for: an event keeps driver memory.
  private static let patience = 4096

  /// A profile of nothing yet.
  package init() {}

  /// Adds a launch.
  func add(_ kernel: String, operations: Double, _ event: Event) throws {
    underWay.append((kernel, operations, event))
    guard underWay.count >= Self.patience else { return }
    try takeTimes(of: underWay.prefix { try $0.event.status() == .complete }.count)
  }

  /// The kernels by the time they took, the longest first; forgets them.
  package func take() throws -> [Share] {
    for launch in underWay { try launch.event.wait() }
    try takeTimes(of: underWay.count)
    defer { shares.removeAll() }
    return shares.values.sorted { ($1.nanoseconds, $0.kernel) < ($0.nanoseconds, $1.kernel) }
  }

  private func takeTimes(of count: Int) throws {
    for (kernel, operations, event) in underWay.prefix(count) {
      let times = try event.times()
      var share = shares[kernel] ?? Share(kernel: kernel)
      share.launches += 1
      share.nanoseconds += times.ended - min(times.started, times.ended)
      share.operations += operations
      shares[kernel] = share
    }
    underWay.removeFirst(count)
  }
}
