package import Checkpoint

extension CPUBackend {
  /// y = activation(norm(x) · W + b).
  package func normalizedLinear(
    _ x: HostActivations, _ norm: HostNorm, _ matrix: HostMatrix, _ activation: Activation, scratch: HostActivations,
    into y: HostActivations
  ) throws {
    layerNorm(x, norm, into: scratch)
    product(scratch, matrix, beta: 0, into: y)
    finish(y, matrix, activation)
  }

  /// y += x · W + b.
  package func linear(_ x: HostActivations, _ matrix: HostMatrix, addingTo y: HostActivations) throws {
    product(x, matrix, beta: 1, into: y)
    finish(y, matrix, .linear)
  }

  /// Logits of the rows.
  package func head(
    _ x: HostActivations, _ norm: HostNorm, _ matrix: HostMatrix, scratch: HostActivations, into logits: HostActivations
  ) throws {
    layerNorm(x, norm, into: scratch)
    product(scratch, matrix, beta: 0, into: logits)
  }

  private func product(
    _ x: HostActivations, _ matrix: HostMatrix, beta: Float, into y: HostActivations
  ) {
    blas.multiply(
      m: activeCount, n: matrix.outputSize, k: matrix.inputSize,
      BLAS.Matrix(elements: UnsafePointer(x.row(0)), stride: x.columns), matrix.operand, beta: beta, into: y.row(0),
      stride: y.columns)
  }

  /// y = activation(y + b), row by row.
  private func finish(_ y: HostActivations, _ matrix: HostMatrix, _ activation: Activation) {
    guard let bias = matrix.bias else { return }
    let size = matrix.outputSize
    nonisolated(unsafe) let y = y  // rows are written by one thread each
    Parallel.forEachChunk(of: activeCount, atLeast: 1 + (activation == .linear ? 1 << 16 : 1 << 13) / size) { range in
      for m in range {
        let row = y.row(m)
        for c in 0..<size { row[c] += bias.pointer[c] }
        activation.apply(to: UnsafeMutableBufferPointer(start: row, count: size))
      }
    }
  }
}
