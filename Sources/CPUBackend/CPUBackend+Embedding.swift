internal import Backend

extension CPUBackend {
  /// x[m] = tokens[token(m)] + positions[position(m)].
  package func embed(_ tokens: HostMatrix, _ positions: HostFloats, _ rows: HostRows, into x: HostActivations) throws {
    for (m, row) in rows.step.rows.enumerated() {
      let token = row.token == Step.Row.lastSample ? rows.slots.lastSamples[Int(row.slot)] : row.token
      let (word, place) = (
        tokens.weights.pointer + Int(token) * x.columns, positions.pointer + Int(row.position) * x.columns
      )
      let to = x.row(m)
      for c in 0..<x.columns { to[c] = word[c] + place[c] }
    }
  }
}
