internal import Synchronization

/// Makes calls of an OpenCL routine fail, so that tests reach the paths that sound drivers never take.
///
/// It holds for the calls of one task: `FaultInjection.$current.withValue(fault) { … }`. Where none is alive, a call
/// pays one relaxed load.
package final class FaultInjection: Sendable {
  /// The fault in force in this task.
  @TaskLocal package static var current: FaultInjection?

  /// How many faults are alive, in any task.
  private static let alive = Atomic(0)

  private let routine: String
  private let status: Status
  private let failing: Int
  /// Calls left until the first that fails; negative after it.
  private let remaining: Atomic<Int>

  /// Makes the `call`th call of `routine`, counted from 1, fail with `status` without being made.
  ///
  /// - Parameter count: How many calls fail from there on.
  package init(_ routine: String, call: Int = 1, count: Int = 1, status: Status) {
    self.routine = routine
    self.status = status
    failing = count
    remaining = Atomic(call)
    Self.alive.add(1, ordering: .relaxed)
  }

  deinit { Self.alive.subtract(1, ordering: .relaxed) }

  /// Whether the fault has struck.
  package var hasFired: Bool { remaining.load(ordering: .relaxed) <= 0 }

  /// The status with which this call of `routine` is to fail, if it is.
  @inline(__always)
  static func status(for routine: StaticString) -> Status? {
    alive.load(ordering: .relaxed) == 0 ? nil : current?.strike(routine)
  }

  private func strike(_ called: StaticString) -> Status? {
    guard called.description == routine else { return nil }
    let left = remaining.subtract(1, ordering: .relaxed).newValue
    return left <= 0 && -left < failing ? status : nil
  }
}
