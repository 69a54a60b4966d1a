internal import Backend
internal import Kernels
internal import OpenCL

/// The kernel of simd/block.cl.
struct SIMDBlock: KernelDescriptor {
  let linear: SIMDLinear
  let attention: SIMDAttention

  /// Operations of a layer, and append: OPERATIONS.
  static let operations = 8
  /// Integers that share a line of a cache.
  static let line = 16
  /// Numbers that the work-groups of a launch keep of its operations, and of themselves.
  static let progressCount = (operations + 1) * 2 * line

  var source: KernelSource { .simdBlock }
  var function: String { "block" }
  var language: KernelLanguage { linear.language }
  var definitions: [(name: String, value: String)] {
    var definitions = linear.definitions
    for definition in attention.definitions where !definitions.contains(where: { $0.name == definition.name }) {
      definitions.append(definition)
    }
    return definitions
  }
}

extension SIMDKernels {
  /// For steps of few rows: there the time between launches tells.
  ///
  /// Not while launches are timed: a profile is of a block's operations one by one.
  func run(
    _ layer: Layer<DeviceMatrix, DeviceNorm>, _ cache: DeviceCache, _ rows: DeviceRows,
    _ s: StepActivations<DeviceActivations>
  ) throws -> Bool {
    let (layout, step, slots) = (context.layout, rows.step, rows.slots)
    let (count, computeUnits) = (rows.count, context.device.computeUnits)
    let chosen = context.tuning[
      .layer(
        rows: TunedOperation.bucket(count), channels: s.x.columns, inner: s.inner.columns, heads: cache.heads)]
    let team = chosen?[.team] ?? blockTeam
    guard fuses, team > 0, context.launcher.profile?.isActive != true, step.shape.isShort,
      [s.attended, s.inner].allSatisfy({ $0.isQuantized == layout.quantizesRows }),
      let group = SIMDAttention.headGroup(
        rows: count, cache, computeUnits: computeUnits, quantizes: layout.quantizesRows)
    else { return false }
    let wanted = SIMDBlock(
      linear: SIMDLinear(rows: count, layout: layout, registers, unit: context.unit, activation: layer.activation),
      attention: SIMDAttention(
        .attendOne, cache, context.precision, headGroup: group, layout: layout.quantizesRows ? layout : nil))

    let weights = s.x.columns * (4 * s.x.columns + 2 * s.inner.columns)
    guard let kernel = try thrift == nil ? wanted : thrift?.block(wanted, rows: count, weights: weights) else {
      return false
    }
    let normalized = try normalizedRoom(rows: count, columns: s.x.columns)
    let tile = kernel.linear.tile
    let groups = tile.groups(rows: count, panels: layer.contraction.panels, computeUnits: computeUnits)
    let ahead = tile.fetchDistances(rows: count, layout: layout, pays: fetches)

    let arguments = BlockArguments(
      rows: Int32(count), channels: Int32(s.x.columns), innerChannels: Int32(s.inner.columns),
      heads: Int32(cache.heads), blocks: Int32(slots.blocks), xStride: Int32(s.x.stride),
      operandStride: Int32(normalized.stride), qkvStride: Int32(s.qkv.stride), innerStride: Int32(s.inner.stride),
      groups: Int32(groups), ahead: ahead.far, near: ahead.near, team: Int32(team),
      firstTile: Int32(step.shape.wanted.lowerBound), appends: step.shape.needsAppending ? 1 : 0,
      scale: layer.attentionScale, attentionEpsilon: layer.attentionNorm.epsilon,
      feedForwardEpsilon: layer.feedForwardNorm.epsilon)

    func launch(
      _ normalized: Buffer<some BitwiseCopyable>, _ attended: Buffer<some BitwiseCopyable>,
      _ inner: Buffer<some BitwiseCopyable>
    ) throws {
      try context.launcher.run(
        kernel, global: NDRange(team), local: 1, InputOutput(s.x.floats), Input(layer.attentionNorm.gain),
        Input(layer.attentionNorm.bias), Input(layer.attentionInput.weights), Input(layer.attentionInput.bias),
        Input(step.rows), Input(step.tiles), Input(slots.pages), Input(slots.ended), InputOutput(cache.keys),
        InputOutput(cache.values), Input(layer.attentionOutput.weights), Input(layer.attentionOutput.bias),
        Input(layer.feedForwardNorm.gain), Input(layer.feedForwardNorm.bias), Input(layer.expansion.weights),
        Input(layer.expansion.bias), Input(layer.contraction.weights), Input(layer.contraction.bias),
        InputOutput(normalized), InputOutput(s.qkv.floats), InputOutput(attended), InputOutput(inner),
        InputOutput(blockProgress), arguments)
    }
    switch (normalized.storage, s.attended.storage, s.inner.storage) {
    case (.floats(let normalized), .floats(let attended), .floats(let inner)):
      try launch(normalized, attended, inner)
    case (.quantized(let normalized, _), .quantized(let attended, _), .quantized(let inner, _)):
      try launch(normalized, attended, inner)
    default: return false
    }
    return true
  }
}
