package import Backend
package import Checkpoint

/// A weight matrix as its file keeps it, and a bias.
package struct HostMatrix {
  let weights: HostFloats
  let bias: HostFloats?  // (N)
  let layout: MatrixLayout
  /// K.
  let inputSize: Int
  /// N.
  let outputSize: Int

  /// The matrix (K, N) as BLAS takes it.
  var operand: BLAS.Matrix {
    BLAS.Matrix(
      elements: UnsafePointer(weights.pointer), stride: layout == .inputMajor ? outputSize : inputSize,
      isTransposed: layout == .outputMajor)
  }
}

/// A layer norm's parameters.
package struct HostNorm {
  let gain: HostFloats  // (C)
  let bias: HostFloats  // (C)
  let epsilon: Float
}

extension CPUBackend {
  /// Takes a weight matrix where it lies, or widened.
  package func matrix(
    _ weights: TensorView, layout: MatrixLayout, bias: TensorView?, for use: MatrixUse
  ) throws -> HostMatrix {
    let (rows, columns) = (weights.shape[0], weights.shape[1])
    return HostMatrix(
      weights: try floats(weights), bias: try bias.map(floats), layout: layout,
      inputSize: layout == .inputMajor ? rows : columns, outputSize: layout == .inputMajor ? columns : rows)
  }

  /// Takes a table where it lies, or widened.
  package func table(_ rows: TensorView) throws -> HostFloats { try floats(rows) }

  /// Takes over a layer norm's parameters.
  package func norm(gain: TensorView, bias: TensorView, epsilon: Double) throws -> HostNorm {
    HostNorm(gain: try floats(gain), bias: try floats(bias), epsilon: Float(epsilon))
  }

  /// Everything is loaded already.
  package func finishLoading() throws {}

  private func floats(_ tensor: TensorView) throws -> HostFloats {
    let floats = HostFloats(tensor)
    guard floats.isFinite else {
      throw WeightError(
        file: tensor.file.name, tensor: tensor.name,
        problem: "has values that are NaN or infinite: the file is damaged or training diverged")
    }
    return floats
  }
}
