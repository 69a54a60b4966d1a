extension CPUBackend {
  /// y[m] = norm(x[m]).
  package func layerNorm(_ x: HostActivations, _ norm: HostNorm, _ rows: HostRows, into y: HostActivations) {
    let size = x.columns
    // Rows of y are written by one thread each.
    Parallel.forEachChunk(of: rows.count, atLeast: 1 + (1 << 15) / size) { range in
      for m in range {
        let (from, to) = (x.row(m), y.row(m))
        var mean: Double = 0
        for c in 0..<size { mean += Double(from[c]) }
        mean /= Double(size)
        var variance: Double = 0
        for c in 0..<size {
          let difference = Double(from[c]) - mean
          variance += difference * difference
        }
        let scale = Float(1 / (variance / Double(size) + Double(norm.epsilon)).squareRoot())
        let center = Float(mean)
        for c in 0..<size { to[c] = (from[c] - center) * scale * norm.gain.pointer[c] + norm.bias.pointer[c] }
      }
    }
  }
}
