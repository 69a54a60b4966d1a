extension TokenScore {
  /// Scores a row on the host: the reference for the kernels `Kernels/*/score.cl`, and the `cpu` backend's.
  ///
  /// - Parameters:
  ///   - logits: The row. (V)
  ///   - target: The token whose log-probability is wanted; -1 where none is.
  ///   - count: How many of the likeliest are wanted.
  package init(_ logits: UnsafeBufferPointer<Float>, target: Int32, top count: Int) {
    if let row = try? LogitRow(logits) {
      self.init(row, target: target, top: count)
    } else {
      self.init(difference: 0, mass: 0)
    }
  }

  /// Scores a row whose logits are finite or minus infinity.
  init(_ row: LogitRow, target: Int32 = -1, top count: Int) {
    self.init(difference: 0, mass: 0)
    guard row.maximum > -.infinity else { return }
    mass = row.mass()
    if 0..<row.count ~= Int(target) { difference = row.maximum - row[Int(target)] }
    top = Self.likeliest(min(count, row.count), of: row).map {
      Top(token: $0.token, difference: row.maximum - $0.logit)
    }
  }

  /// The likeliest tokens, the best first.
  private static func likeliest(_ count: Int, of row: LogitRow) -> [(token: Int32, logit: Float)] {
    guard count > 0 else { return [] }
    var best: [(token: Int32, logit: Float)] = []
    best.reserveCapacity(count)
    for index in 0..<row.vectorCount {
      let vector = row.vector(index)
      if best.count == count, !any(vector .> best[count - 1].logit) { continue }
      let first = index * LogitRow.Vector.scalarCount
      for lane in 0..<min(LogitRow.Vector.scalarCount, row.count - first) {
        let logit = vector[lane]
        // Tokens come in the order of their ids: an equal one goes behind.
        if best.count == count {
          guard logit > best[count - 1].logit else { continue }
          best.removeLast()
        }
        let place = best.lastIndex { $0.logit >= logit }.map { $0 + 1 } ?? 0
        best.insert((Int32(first + lane), logit), at: place)
      }
    }
    return best
  }
}
