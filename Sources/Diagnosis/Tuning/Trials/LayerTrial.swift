internal import Backend
internal import Checkpoint
internal import Engine
internal import OpenCLBackend

/// A layer of sequences that decode, in one launch where the kernels have that.
struct LayerTrial: TuningTrial {
  private let backend: OpenCLBackend
  private let slots: DeviceSlots
  private let cache: DeviceCache
  private let layer: Layer<DeviceMatrix, DeviceNorm>
  private let activations: StepActivations<DeviceActivations>
  private let input: [[Double]]

  /// Positions of each sequence whose numbers are compared.
  private static let positions = 3

  init(_ bench: OperationBench<OpenCLBackend>, rows: Int, channels: Int, inner: Int, heads: Int) throws {
    backend = bench.backend
    let backend = bench.backend
    var numbers = SampleNumbers(seed: channels + rows)
    func norm() throws -> DeviceNorm {
      try bench.norm(gain: numbers.vector(channels, scale: 0.5), bias: numbers.vector(channels, scale: 0.5))
    }
    func matrix(_ k: Int, _ n: Int) throws -> DeviceMatrix {
      try backend.matrix(.noise(k, n), layout: .inputMajor, bias: .sample(numbers.vector(n)))
    }
    layer = Layer(
      attentionNorm: try norm(), attentionInput: try matrix(channels, 3 * channels),
      attentionOutput: try matrix(channels, channels), attentionScale: 0.125, feedForwardNorm: try norm(),
      expansion: try matrix(channels, inner), activation: .geluTanh, contraction: try matrix(inner, channels))
    try backend.finishLoading()
    input = numbers.rows(rows, channels)
    slots = try backend.slots(count: rows, length: KeyValuePage.length, vocabularySize: 1, endOfText: [])
    for slot in 0..<rows { try backend.setPages([Int32(slot)], slot: slot, slots) }
    cache = try backend.cache(pages: rows, heads: heads, headSize: channels / heads)
    let x = try bench.activations(input)
    activations = StepActivations(
      x: x, selected: x, qkv: try backend.activations(rows: rows, columns: 3 * channels),
      attended: try backend.activations(rows: rows, columns: channels, for: .products),
      inner: try backend.activations(rows: rows, columns: inner, for: .products), logits: x)
  }

  /// One launch is none that a profile knows.
  var isTimedByHost: Bool { true }

  func enqueue(round: Int) throws { try enqueue(position: Self.positions - 1) }

  private func enqueue(position: Int) throws {
    var step = Step()
    for slot in input.indices { step.append([Step.Row.lastSample], slot: Int32(slot), firstPosition: position) }
    let rows = try backend.begin(step, slots)
    if try !backend.run(layer, cache, rows, activations) {
      _ = try layer.run(on: backend, cache, rows, activations)
    }
  }

  func numbers() throws -> [[UInt32]] {
    try backend.write(input, to: activations.x)
    return try (0..<Self.positions).map { position in
      try enqueue(position: position)
      return try backend.read(activations.x, count: input.count).map(\.bitPattern)
    }
  }
}
