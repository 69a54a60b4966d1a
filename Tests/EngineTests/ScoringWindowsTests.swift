@testable import Backend
import Testing

@testable import Engine

@Suite struct ScoringWindowsTests {
  /// The loop of transformers' guide "Perplexity of fixed-length models", word for word.
  private func guide(count: Int, context: Int, stride: Int) -> [ScoringWindows.Window] {
    var windows: [ScoringWindows.Window] = []
    var previousEnd = 0
    for start in Swift.stride(from: 0, to: count, by: stride) {
      let end = min(start + context, count)
      windows.append(.init(tokens: start..<end, firstScored: max(previousEnd, 1)))
      previousEnd = end
      if end == count { break }
    }
    return windows
  }

  @Test func areTheGuides() {
    for context in [2, 3, 8, 16] {
      for stride in 1..<context {
        for count in 2...40 {
          #expect(
            ScoringWindows(count: count, context: context, stride: stride).windows
              == guide(count: count, context: context, stride: stride), "\(count) by \(context), \(stride)")
        }
      }
    }
    #expect(ScoringWindows(count: 1, context: 8, stride: 4).windows.isEmpty)
  }

  /// Every token is scored once, in order, from a row that stands for the token before it; no step is too large.
  @Test func batchesHoldEveryTokenOnce() {
    for (count, context, stride, slots, rows, outputs) in [
      (2, 8, 4, 1, 8, 8), (40, 8, 4, 3, 16, 5), (41, 8, 7, 4, 21, 21), (100, 16, 1, 2, 7, 3), (33, 32, 16, 2, 5, 2),
      (200, 10, 5, 6, 64, 16),
    ] {
      let tokens = (0..<Int32(count)).map { $0 * 3 }
      let windows = ScoringWindows(count: count, context: context, stride: stride)
      var scored: [Int32] = []
      for batch in ScoringWindows.Batches(windows, of: tokens, slots: slots, rows: rows, outputs: outputs) {
        #expect((1...rows).contains(batch.step.rows.count) && batch.targets.count <= outputs)
        #expect(batch.targets.count == batch.step.outputs.count)
        #expect(batch.step.rows.allSatisfy { 0..<slots ~= Int($0.slot) && $0.position < context })
        for (output, target) in zip(batch.step.outputs, batch.targets) {
          #expect(batch.step.rows[Int(output)].token == target - 3)
        }
        scored += batch.targets
      }
      #expect(scored == Array(tokens.dropFirst()))
    }
  }
}
