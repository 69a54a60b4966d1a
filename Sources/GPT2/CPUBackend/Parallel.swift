internal import Dispatch
internal import Foundation

/// Work spread over the cores, between BLAS calls: never around them, for BLAS has threads of its own.
enum Parallel {
  private static let cores = ProcessInfo.processInfo.activeProcessorCount

  /// Cuts 0..<count into one chunk a core, none smaller than `atLeast` but for the last.
  static func chunks(of count: Int, atLeast: Int) -> Chunks {
    let size = max(atLeast, (count + cores - 1) / cores, 1)
    return Chunks(count: count, size: size)
  }

  /// Calls `body` with each chunk, on several cores where there are several chunks.
  static func forEachChunk(of count: Int, atLeast: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let chunks = chunks(of: count, atLeast: atLeast)
    if chunks.number == 1 {
      body(0..<count)
    } else {
      DispatchQueue.concurrentPerform(iterations: chunks.number) { body(chunks[$0]) }
    }
  }

  /// Ranges of equal size.
  struct Chunks: Sendable {
    let count: Int
    let size: Int

    var number: Int { max(1, (count + size - 1) / size) }
    subscript(index: Int) -> Range<Int> { index * size..<min(count, (index + 1) * size) }

    /// `body` of each range, in order.
    func map<Result>(_ body: (Range<Int>) -> Result) -> [Result] { (0..<number).map { body(self[$0]) } }
  }
}
