package import Backend
package import Sampling

extension CPUBackend {
  /// How likely tokens are by some rows of logits.
  package func score(_ logits: HostActivations, _ rows: [ScoreRow], top: Int) throws -> Pending<[TokenScore]> {
    var scores = Array(repeating: TokenScore(difference: 0, mass: 0), count: rows.count)
    scores.withUnsafeMutableBufferPointer { scores in
      nonisolated(unsafe) let scores = scores  // a row is written by one thread
      Parallel.forEachChunk(of: rows.count, atLeast: 1 + (1 << 14) / logits.columns, pieces: 2) { range in
        for r in range {
          scores[r] = TokenScore(
            UnsafeBufferPointer(start: logits.row(Int(rows[r].logitsRow)), count: logits.columns),
            target: rows[r].target, top: top)
        }
      }
    }
    return Pending { [scores] in scores }
  }
}
