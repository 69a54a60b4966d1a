internal import Dispatch
internal import Synchronization

/// Writes lines one after the other, while nobody waits for whoever reads them.
final class LogQueue: Sendable {
  private struct State {
    var waiting = 0
    /// Lines that were left out since the last that was taken.
    var leftOut = 0
  }

  /// The most lines that wait.
  static let capacity = 1024
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "gpt2-gpu.log")
  private let write: @Sendable (String) -> Void

  /// - Parameter write: Takes a line, and may block.
  init(write: @escaping @Sendable (String) -> Void) { self.write = write }

  /// Takes a line, unless too many wait.
  func append(_ line: String) {
    let leftOut: Int? = state.withLock { state in
      guard state.waiting < Self.capacity else {
        state.leftOut += 1
        return nil
      }
      state.waiting += 1
      defer { state.leftOut = 0 }
      return state.leftOut
    }
    guard let leftOut else { return }
    queue.async { [self] in
      if leftOut > 0 { write(Self.notice(leftOut)) }
      write(line)
      state.withLock { $0.waiting -= 1 }
    }
  }

  /// Waits until all lines are written, but not for long.
  func flush(atMost time: DispatchTimeInterval = .seconds(1)) {
    let end = DispatchSemaphore(value: 0)
    queue.async { [self] in
      let leftOut = state.withLock { state in
        defer { state.leftOut = 0 }
        return state.leftOut
      }
      if leftOut > 0 { write(Self.notice(leftOut)) }
      end.signal()
    }
    _ = end.wait(timeout: .now() + time)
  }

  private static func notice(_ count: Int) -> String {
    "gpt2-gpu: \(count) lines are missing here: they came faster than they were read."
  }
}
