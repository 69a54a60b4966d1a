package import Checkpoint

extension CPUBackend {
  /// y = activation(norm(x) · W + b).
  package func normalizedLinear(
    _ x: HostActivations, _ norm: HostNorm, _ matrix: HostMatrix, _ activation: Activation, _ rows: HostRows,
    into y: HostActivations
  ) throws {
    product(try normalized(x, norm, rows), matrix, rows, beta: 0, into: y)
    finish(y, matrix, rows, activation)
  }

  /// y += x · W + b.
  package func linear(_ x: HostActivations, _ matrix: HostMatrix, _ rows: HostRows, addingTo y: HostActivations) throws
  {
    product(x, matrix, rows, beta: 1, into: y)
    finish(y, matrix, rows, .linear)
  }

  /// Logits of the rows.
  package func head(
    _ x: HostActivations, _ norm: HostNorm, _ matrix: HostMatrix, _ rows: HostRows, into logits: HostActivations
  ) throws {
    product(try normalized(x, norm, rows), matrix, rows, beta: 0, into: logits)
  }

  private func normalized(_ x: HostActivations, _ norm: HostNorm, _ rows: HostRows) throws -> HostActivations {
    let y = try normalizedRows(rows.count, columns: x.columns)
    layerNorm(x, norm, rows, into: y)
    return y
  }

  private func product(
    _ x: HostActivations, _ matrix: HostMatrix, _ rows: HostRows, beta: Float, into y: HostActivations
  ) {
    if rows.count == 0 { return }
    blas.multiply(
      m: rows.count, n: matrix.outputSize, k: matrix.inputSize,
      BLAS.Matrix(elements: UnsafePointer(x.row(0)), stride: x.columns), matrix.operand, beta: beta, into: y.row(0),
      stride: y.columns)
  }

  /// y = activation(y + b), row by row.
  private func finish(_ y: HostActivations, _ matrix: HostMatrix, _ rows: HostRows, _ activation: Activation) {
    guard let bias = matrix.bias else { return }
    let size = matrix.outputSize
    // Rows are written by one thread each.
    Parallel.forEachChunk(of: rows.count, atLeast: 1 + (activation == .linear ? 1 << 16 : 1 << 13) / size) { range in
      for m in range {
        let row = y.row(m)
        for c in 0..<size { row[c] += bias.pointer[c] }
        activation.apply(to: UnsafeMutableBufferPointer(start: row, count: size))
      }
    }
  }
}
