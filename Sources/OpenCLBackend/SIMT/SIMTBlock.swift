internal import Backend
internal import Checkpoint
internal import Kernels
internal import OpenCL

/// The kernel of simt/block.cl, for steps of few rows.
struct SIMTBlock: KernelDescriptor {
  let product: SIMTBlockProduct
  let attention: SIMTAttention
  let layout: PackedLayout
  let unit: DotUnit
  /// What the feed-forward part applies.
  let activation: Activation

  /// Operations of a layer: OPERATIONS.
  static let operations = 5
  /// Integers that share a line of a cache.
  static let line = 16
  /// Numbers that the work-groups of a launch keep of its operations, and of themselves.
  static let progressCount = (operations + 1) * 2 * line

  /// The most rows: what one tile has.
  static let mostRows = SIMTTile.fewRows.upperBound

  /// The kernel for so many rows of a layer of C channels and F inner ones; nil where there is none.
  init?(
    rows: Int, channels: Int, inner: Int, cache: DeviceCache, layout: PackedLayout, unit: DotUnit,
    activation: Activation, limits: SIMTLimits
  ) {
    guard rows <= Self.mostRows else { return nil }
    var attention = SIMTAttention(
      height: 1, count: rows, cache, layout.precision, unit, computeUnits: limits.computeUnits)
    switch (attention.entry, unit.usesTensorCores) {
    case (.attendOnTensorCores(let unit, _), true):
      attention = SIMTAttention(.attendOnTensorCores(unit, pages: 2), headSize: cache.headSize)
    case (.attend, false): break
    default: return nil
    }
    guard
      let product = SIMTBlockProduct(
        rows: rows, items: attention.groupSize, sums: [channels, inner], layout: layout, unit: unit, limits: limits)
    else { return nil }
    self.product = product
    self.attention = attention
    self.layout = layout
    self.unit = unit
    self.activation = activation
  }

  var source: KernelSource { .simtBlock }
  var function: String { "block" }
  var language: KernelLanguage { unit.language }
  var definitions: [(name: String, value: String)] {
    var definitions = layout.definitions + unit.definitions + product.definitions
    if activation != .linear { definitions.append(("ACTIVATION", activation.rawValue)) }
    for definition in attention.definitions where !definitions.contains(where: { $0.name == definition.name }) {
      definitions.append(definition)
    }
    return definitions
  }
}

extension Device {
  /// Whether its compiler is one of those of which simt/exchange.h knows a fence of the device: NVIDIA's or AMD's.
  var compilerHasDeviceFence: Bool {
    ["cl_nv_device_attribute_query", "cl_amd_device_attribute_query"].contains(where: extensions.contains)
  }
}

extension SIMTKernels {
  /// For steps of few rows, each its sequence's last one, where that was chosen: there the time between launches tells.
  ///
  /// Not while launches are timed: a profile is of a block's operations one by one.
  func run(
    _ layer: Layer<DeviceMatrix, DeviceNorm>, _ cache: DeviceCache, _ rows: DeviceRows,
    _ s: StepActivations<DeviceActivations>
  ) throws -> Bool {
    let (step, slots, count, layout) = (rows.step, rows.slots, rows.count, context.layout)
    let (channels, inner) = (s.x.columns, s.inner.columns)
    let chosen = context.tuning[
      .layer(rows: TunedOperation.bucket(count), channels: channels, inner: inner, heads: cache.heads)]
    let team = chosen?[.team] ?? blockTeam
    guard fuses, team > 0, context.launcher.profile?.isActive != true, step.shape.isShort,
      !step.shape.needsAppending,
      let kernel = SIMTBlock(
        rows: count, channels: channels, inner: inner, cache: cache, layout: layout, unit: context.unit,
        activation: layer.activation, limits: limits)
    else { return false }
    let product = kernel.product
    let products = [
      product.share(k: channels, n: 3 * channels, team: team), product.share(k: channels, n: channels, team: team),
      product.share(k: channels, n: inner, team: team), product.share(k: inner, n: channels, team: team),
    ]
    let chunks = SIMTChunks(
      pages: step.shape.pages, groups: count * cache.heads, wanted: team, together: kernel.attention.pages)
    let foundRows = chunks.count > 1 ? count * cache.heads * chunks.count * chunks.pagesEach : 0
    let attentionArrivals = chunks.count > 1 ? count * cache.heads : 0
    let found = try foundInPages.room(rows: foundRows, stride: cache.headSize + 2)
    let arrivals = try self.arrivals.room(rows: attentionArrivals, stride: 1)
    let (handed, productArrivals) = try partialSums.room(
      sums: products.map(\.handedSums).max() ?? 0, arrivals: products.map(\.tiles).max() ?? 0)
    let following = stream.ahead(of: layer.contraction.weights)
    lastWeights = layer.contraction.weights

    let arguments = SIMTBlockArguments(
      rows: Int32(count), channels: Int32(channels), innerChannels: Int32(inner), heads: Int32(cache.heads),
      blocks: Int32(slots.blocks), xStride: Int32(s.x.stride), qkvStride: Int32(s.qkv.stride),
      attendedStride: Int32(s.attended.stride), innerStride: Int32(s.inner.stride),
      inputSplit: Int32(products[0].split), outputSplit: Int32(products[1].split),
      expansionSplit: Int32(products[2].split), contractionSplit: Int32(products[3].split),
      channelHalves: Int32(product.halves(k: channels)), innerHalves: Int32(product.halves(k: inner)),
      team: Int32(team), firstTile: Int32(step.shape.wanted.lowerBound), pagesEach: Int32(chunks.pagesEach),
      chunks: Int32(chunks.count), followingFirst: following.first, followingCount: following.count,
      productArrivals: Int32(products.map(\.tiles).max() ?? 0), attentionArrivals: Int32(attentionArrivals),
      scale: layer.attentionScale, attentionEpsilon: layer.attentionNorm.epsilon,
      feedForwardEpsilon: layer.feedForwardNorm.epsilon)
    let size = kernel.attention.groupSize
    try context.launcher.run(
      kernel, global: NDRange(size * team), local: NDRange(size), InputOutput(s.x.floats),
      Input(layer.attentionNorm.gain), Input(layer.attentionNorm.bias), Input(layer.attentionInput.weights),
      Input(layer.attentionInput.bias), Input(step.rows), Input(step.tiles), Input(slots.pages), Input(slots.ended),
      InputOutput(cache.keys), InputOutput(cache.values), Input(layer.attentionOutput.weights),
      Input(layer.attentionOutput.bias), Input(layer.feedForwardNorm.gain), Input(layer.feedForwardNorm.bias),
      Input(layer.expansion.weights), Input(layer.expansion.bias), Input(layer.contraction.weights),
      Input(layer.contraction.bias), InputOutput(s.qkv.floats), InputOutput(s.attended.floats),
      InputOutput(s.inner.floats), InputOutput(handed), InputOutput(productArrivals), InputOutput(found),
      InputOutput(arrivals), Input(following.weights), InputOutput(blockProgress),
      Local<UInt32>(count: max(4, product.operandMemory / MemoryLayout<UInt32>.size)), arguments)
    return true
  }
}
