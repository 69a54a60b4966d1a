internal import Backend
internal import Engine
internal import OpenCL
internal import OpenCLBackend
internal import Checkpoint

extension OperationBench where B == OpenCLBackend {
  /// A block in one launch, as its operations one by one compute it.
  ///
  /// - Throws: ``OperationUnavailable`` where the device has no kernel of a block.
  func blocks() throws -> NumberComparison {
    let (heads, channels, inner, positions) = (2, 128, 256, 3)
    var numbers = SampleNumbers(seed: channels)
    func norm() throws -> DeviceNorm {
      try self.norm(gain: numbers.vector(channels), bias: numbers.vector(channels))
    }
    func matrix(_ k: Int, _ n: Int) throws -> DeviceMatrix {
      try self.matrix(numbers.rows(k, n, scale: 0x1p-4), bias: numbers.vector(n))
    }
    let layer = Layer(
      attentionNorm: try norm(), attentionInput: try matrix(channels, 3 * channels),
      attentionOutput: try matrix(channels, channels), attentionScale: 0.125, feedForwardNorm: try norm(),
      expansion: try matrix(channels, inner), activation: .geluTanh, contraction: try matrix(inner, channels))
    let inputs = (0..<positions).map { _ in numbers.rows(Self.slotCount, channels) }

    /// The rows that come out, position by position.
    func outputs(fuses: Bool) throws -> [[Float]] {
      let before = (backend.fuses, backend.blockTeam)
      defer { (backend.fuses, backend.blockTeam) = before }
      backend.fuses = fuses
      if backend.blockTeam == 0 { backend.blockTeam = backend.device.computeUnits }
      let cache = try self.cache(heads: heads, headSize: channels / heads)
      return try inputs.enumerated().map { position, rows in
        let x = try activations(rows)
        let s = StepActivations(
          x: x, selected: x, qkv: try backend.activations(rows: rows.count, columns: 3 * channels),
          attended: try backend.activations(rows: rows.count, columns: channels, for: .products),
          inner: try backend.activations(rows: rows.count, columns: inner, for: .products), logits: x)
        var step = Step()
        for slot in rows.indices { step.append([Step.Row.lastSample], slot: Int32(slot), firstPosition: position) }
        let stepRows = try backend.begin(step, slots)
        if try !backend.run(layer, cache, stepRows, s) {
          if fuses { throw OperationUnavailable(reason: "there is no such kernel for this device") }
          _ = try layer.run(on: backend, cache, stepRows, s)
        }
        return try backend.read(x, count: rows.count)
      }
    }
    var comparison = NumberComparison()
    let (expected, found) = (try outputs(fuses: false), try outputs(fuses: true))
    for (position, (found, expected)) in zip(found, expected).enumerated() {
      comparison.compare(found, with: [expected.map(Double.init)], within: 1e-6, "position \(position)")
    }
    return comparison
  }
}
