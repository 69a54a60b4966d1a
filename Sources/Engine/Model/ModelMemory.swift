package import Backend
internal import Checkpoint

/// What a model takes of a device's memory, in bytes.
package struct ModelMemory {
  /// Its weights.
  let weights: Int
  /// A page of keys and values, in all layers.
  let page: Int

  package init<B: Backend>(_ model: GPT2Model<B>) {
    let (backend, configuration) = (model.backend, model.configuration)
    weights = configuration.weightByteCount(backend.precision)
    let layer = backend.pageByteCount(heads: configuration.headCount, headSize: configuration.headSize)
    page = 2 * max(configuration.layerCount, 1) * max(layer, 1)
  }
}
