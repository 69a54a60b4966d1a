#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Work spread over the cores.
enum Parallel {
  static let cores = ProcessInfo.processInfo.activeProcessorCount

  /// Cuts 0..<count into some pieces a core, none smaller than `atLeast` but for the last.
  static func chunks(of count: Int, atLeast: Int, pieces: Int = 1) -> Chunks {
    let size = max(atLeast, (count + cores * pieces - 1) / (cores * pieces), 1)
    return Chunks(count: count, size: size)
  }

  /// Calls `body` with each chunk, on several cores where there are several chunks; several pieces a core balance cores
  /// of which one is slowed down.
  static func forEachChunk(
    of count: Int, atLeast: Int, pieces: Int = 1, _ body: @escaping @Sendable (Range<Int>) -> Void
  ) {
    chunks(of: count, atLeast: atLeast, pieces: pieces).forEachAtOnce { body($1) }
  }

  /// Ranges of equal size.
  struct Chunks: Sendable {
    let count: Int
    let size: Int

    var number: Int { size >= count ? 1 : (count + size - 1) / size }
    subscript(index: Int) -> Range<Int> { number == 1 ? 0..<count : index * size..<min(count, (index + 1) * size) }

    /// Calls `body` with each range and its index, on several cores where there are several.
    func forEachAtOnce(_ body: @escaping @Sendable (Int, Range<Int>) -> Void) {
      if number == 1 { return body(0, self[0]) }
      ThreadTeam.shared.run(number) { body($0, self[$0]) }
    }

    /// `body` of each range, in order.
    func map<Result>(_ body: (Range<Int>) -> Result) -> [Result] { (0..<number).map { body(self[$0]) } }
  }
}
