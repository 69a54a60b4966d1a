internal import OpenCL

/// The launches of a pass through the model, each of a kernel object of its own: while passes are alike, their
/// arguments stay bound, and the host only enqueues.
///
/// Not Sendable: as kernels are not.
final class LaunchRecord {
  /// The properties of a pass that decide its launches.
  struct Key: Hashable {
    let step: StepRows.Shape
    /// Of the session, whose buffers are bound.
    let slots: ObjectIdentifier
  }

  private struct Launch {
    /// The library's kernel, of which `kernel` is a copy.
    let original: Kernel
    let kernel: Kernel
    var global: NDRange
    var local: NDRange
  }

  private let queue: CommandQueue
  /// The recorded launches, and behind them some of earlier passes, whose kernels can be used again.
  private var launches: [Launch] = []
  private var count = 0
  /// The pass before: one that comes a second time is recorded.
  private var last: Key?
  private var isComplete = false
  private(set) var isRecording = false

  init(_ queue: CommandQueue) { self.queue = queue }

  /// Enqueues the launches of `pass`: from the record where that has them, else by calling it. Returns whether it had.
  func enqueue(_ key: Key, _ pass: () throws -> Void) throws -> Bool {
    if key == last, isComplete {
      for launch in launches.prefix(count) {
        try queue.enqueue(launch.kernel, global: launch.global, local: launch.local)
      }
      return true
    }
    isRecording = key == last
    isComplete = false
    defer { isRecording = false }
    last = key
    count = 0
    try pass()
    isComplete = isRecording
    return false
  }

  /// A kernel for the next launch, to be bound and then added.
  func kernel(like original: Kernel) throws -> Kernel {
    if count < launches.count, launches[count].original === original { return launches[count].kernel }
    return try original.copy()
  }

  /// Adds a launch of a kernel of ``kernel(like:)``.
  func add(_ kernel: Kernel, of original: Kernel, global: NDRange, local: NDRange) {
    let launch = Launch(original: original, kernel: kernel, global: global, local: local)
    if count < launches.count { launches[count] = launch } else { launches.append(launch) }
    count += 1
  }

  /// Lets go of all kernels, and so of the buffers bound to them.
  func removeAll() {
    launches.removeAll()
    last = nil
    isComplete = false
  }
}
