internal import Dispatch
internal import Synchronization

/// The compiling of kernels in this process: how long it takes, and who is told of it.
///
/// Drivers compile where a program is built, and some where a kernel is launched for the first time.
package enum Compilation {
  private struct State {
    /// Threads that compile.
    var active = 0
    /// Since when one has.
    var start = ContinuousClock.now
    /// How long it took before.
    var time = Duration.zero
    var notice: (@Sendable (Device) -> Void)?

    /// Until now.
    var timeUntilNow: Duration { active > 0 ? time + (ContinuousClock.now - start) : time }
  }

  private static let state = Mutex(State())
  /// Compiling that a person would take for a program that hangs.
  private static let patience = Duration.milliseconds(500)

  /// How long this process has compiled so far, on any thread.
  package static var time: Duration { state.withLock { $0.timeUntilNow } }

  /// Whether a thread compiles now.
  package static var isUnderWay: Bool { state.withLock { $0.active > 0 } }

  /// Has `notice` called once, on any thread, when compiling takes half a second in all.
  package static func onPatienceLost(_ notice: @escaping @Sendable (Device) -> Void) {
    state.withLock { $0.notice = notice }
  }

  /// Does what may compile for a device.
  package static func measure<Result, Failure: Error>(
    for device: Device, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let hasNotice = state.withLock { state in
      state.active += 1
      if state.active == 1 { state.start = .now }
      return state.notice != nil
    }
    if hasNotice { noticeLater(device) }
    defer {
      state.withLock { state in
        if state.active == 1 { state.time += ContinuousClock.now - state.start }
        state.active -= 1
      }
    }
    return try body()
  }

  /// Gives notice when patience is at an end, if something is still compiled then.
  private static func noticeLater(_ device: Device) {
    let left = max(.zero, patience - time)
    DispatchQueue.global().asyncAfter(deadline: .now() + left / .seconds(1)) {
      let notice = state.withLock { state in
        state.active > 0 && state.timeUntilNow >= patience ? state.notice.take() : nil
      }
      notice?(device)
    }
  }
}
