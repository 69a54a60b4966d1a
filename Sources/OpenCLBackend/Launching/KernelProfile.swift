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
  private var inFlight: [(kernel: String, operations: Double, event: Event)] = []
  /// The most launches in flight before their times are read: an event keeps driver memory.
  private static let mostInFlight = 4096

  /// A profile of nothing yet.
  package init() {}

  /// Adds a launch.
  func add(_ kernel: String, operations: Double, _ event: Event) throws {
    inFlight.append((kernel, operations, event))
    guard inFlight.count >= Self.mostInFlight else { return }
    try readTimes(inFlight.prefix { try $0.event.status() == .complete }.count)
  }

  /// Waits for the launches, and returns the kernels by their times, the longest first; the profile is empty then.
  package func finish() throws -> [Share] {
    for launch in inFlight { try launch.event.wait() }
    try readTimes(inFlight.count)
    defer { shares.removeAll() }
    return shares.values.sorted { ($1.nanoseconds, $0.kernel) < ($0.nanoseconds, $1.kernel) }
  }

  /// Adds the times of the first `count` launches in flight.
  private func readTimes(_ count: Int) throws {
    for (kernel, operations, event) in inFlight.prefix(count) {
      let times = try event.times()
      var share = shares[kernel] ?? Share(kernel: kernel)
      share.launches += 1
      share.nanoseconds += times.ended - min(times.started, times.ended)
      share.operations += operations
      shares[kernel] = share
    }
    inFlight.removeFirst(count)
  }
}
