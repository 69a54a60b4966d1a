package import Backend
package import Checkpoint
internal import OpenCL

extension OpenCLBackend {
  /// Packs a weight matrix on the device.
  package func matrix(
    _ weights: TensorView, layout: MatrixLayout, bias: TensorView?, for use: MatrixUse
  ) throws -> DeviceMatrix {
    let packed = use == .layer ? self.layout : PackedLayout(precision.ofEmbeddings, family, dotUnit)
    let (rows, columns) = (weights.shape[0], weights.shape[1])
    let (n, k) = layout == .inputMajor ? (columns, rows) : (rows, columns)
    let width = roundUp(n, to: PackedLayout.panelWidth)
    let matrix = DeviceMatrix(
      weights: try loader.pack(weights, layout: layout, as: packed), layout: packed,
      bias: try bias.map { try loader.widen($0, count: width) }
        ?? Buffer(queue.context, count: width, zeroed: true),
      inputSize: k, outputSize: n)
    kernels.add(matrix)
    return matrix
  }

  /// Takes over a table, in fp32: it is small, and read a row at a time.
  package func table(_ rows: TensorView) throws -> DeviceTable {
    DeviceTable(rows: try loader.widen(rows, count: rows.elementCount))
  }

  /// Takes over a layer norm's parameters.
  package func norm(gain: TensorView, bias: TensorView, epsilon: Double) throws -> DeviceNorm {
    DeviceNorm(
      gain: try loader.widen(gain, count: gain.elementCount), bias: try loader.widen(bias, count: bias.elementCount),
      epsilon: Float(epsilon))
  }

  /// Waits until everything is on the device, checks it, and tries how it is read fastest.
  package func finishLoading() throws {
    try loader.finish()
    try kernels.finishLoading()
  }
}
