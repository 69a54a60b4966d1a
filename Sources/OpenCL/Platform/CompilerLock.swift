internal import Synchronization
internal import System

/// Has one process after the other compile in PoCL's folder.
///
/// PoCL 3.1 expects that nobody else writes there: of 64 processes at once on an empty folder, two could not build a
/// program, and six ended by a signal as they read one back to keep it. Who waited finds what those before compiled.
package final class CompilerLock: Sendable {
  private struct State {
    /// Holders in this process, which share the lock.
    var holders = 0
    /// The folder, locked; -1 where it is not.
    var descriptor: Int32 = -1
  }

  private let folder: String
  private let onWait: @Sendable () -> Void
  private let state = Mutex(State())

  /// That of PoCL's folder; nil where it has none.
  private static let ofPoCL = CompilerFolder.ofPoCL.map { CompilerLock(folder: $0) }
  /// A process that was stopped may hold the lock until it goes on; then others do without.
  private static let patience = Duration.seconds(300)

  /// A lock of a folder itself, so that no file is left in it.
  ///
  /// - Parameter onWait: Called when another process has it: for tests.
  package init(folder: String, onWait: @escaping @Sendable () -> Void = {}) {
    self.folder = folder
    self.onWait = onWait
  }

  /// The lock for what compiles for a device; nil where its driver needs none.
  package static func of(_ device: Device) -> CompilerLock? {
    device.platformName == "Portable Computing Language" ? ofPoCL : nil
  }

  /// Does what may compile for a device, when no other process does.
  package static func hold<Result, Failure: Error>(
    for device: Device, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let lock = of(device) else { return try body() }
    return try lock.hold(body)
  }

  /// Does something when no other process does; also where the folder cannot be locked.
  package func hold<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    _ = acquire()
    defer { release() }
    return try body()
  }

  /// Waits until no other process has it, or it is of no more use.
  ///
  /// - Parameter isNeedless: Asked again and again while another process has it.
  /// - Returns: Whether it is held, until ``release()``.
  package func acquire(unless isNeedless: () -> Bool = { false }) -> Bool {
    state.withLock { state in
      if state.holders == 0 {
        guard let descriptor = locked(unless: isNeedless) else { return false }
        state.descriptor = descriptor
      }
      state.holders += 1
      return true
    }
  }

  /// Leaves it to others, if nobody else in this process holds it.
  package func release() {
    state.withLock { state in
      state.holders -= 1
      if state.holders == 0, state.descriptor >= 0 { close(state.descriptor) }
    }
  }

  /// The folder, open and locked, as soon as nobody else has it so; -1 where it cannot be.
  private func locked(unless isNeedless: () -> Bool) -> Int32? {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return -1 }
    let end = ContinuousClock.now + Self.patience
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
    onWait()
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, .now < end else {
        close(descriptor)
        return -1
      }
      if isNeedless() {
        close(descriptor)
        return nil
      }
      usleep(20_000)  // many may wait
    }
    return descriptor
  }
}
