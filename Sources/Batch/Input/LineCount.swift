internal import System
internal import Dispatch
internal import Synchronization

/// Counts the lines of a file, in passing.
final class LineCount: Sendable {
  private let result = Atomic(-1)
  private let isStopped = Atomic(false)

  /// Starts to count.
  init(_ path: String) {
    DispatchQueue(label: "gpt2-gpu.lines").async { [self] in count(path) }
  }

  /// How many lines there are, once that is known; the last needs no line feed.
  var count: Int? {
    let count = result.load(ordering: .acquiring)
    return count < 0 ? nil : count
  }

  /// Ends the counting.
  func stop() { isStopped.store(true, ordering: .relaxed) }

  private func count(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    var lines = 0
    var last = UInt8(ascii: "\n")
    while !isStopped.load(ordering: .relaxed) {
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0 else {
        if count == 0 { result.store(lines + (last == UInt8(ascii: "\n") ? 0 : 1), ordering: .releasing) }
        return
      }
      for byte in chunk[..<count] where byte == UInt8(ascii: "\n") { lines += 1 }
      last = chunk[count - 1]
    }
  }
}
