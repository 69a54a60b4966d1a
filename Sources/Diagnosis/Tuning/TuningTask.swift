internal import Backend
package import Checkpoint
package import OpenCLBackend

/// An operation of a model to find the best parameters of.
package struct TuningTask: Hashable, Sendable {
  /// What it is.
  package let operation: TunedOperation
  /// Whether a product's rows go through a norm first.
  var isNormalized = false
  /// What a product's weights are used for.
  var use = MatrixUse.layer
  /// How often a step computes it.
  package let count: Int

  /// The rows that choices are made for where nobody says, those of most use first, as far as steps have so many.
  package static let usualRows = [1, 8, 64, 256, 2, 4, 16, 32, 128, 512, 1024, 2048]
  /// Sequences that decode together, at most.
  private static let mostSequences = 256

  /// Everything to tune of a model, with so many rows each, in their order.
  package static func all(of configuration: ModelConfiguration, rows: [Int]) -> [TuningTask] {
    let (c, f, v) = (configuration.embeddingSize, configuration.innerSize, configuration.vocabularySize)
    let (layers, heads) = (configuration.layerCount, configuration.headCount)
    var tasks: [TuningTask] = []
    for rows in rows.map(TunedOperation.bucket) {
      func product(_ k: Int, _ n: Int, isNormalized: Bool, count: Int) -> TuningTask {
        TuningTask(operation: .product(rows: rows, k: k, n: n), isNormalized: isNormalized, count: count)
      }
      tasks += [
        product(c, 3 * c, isNormalized: true, count: layers), product(c, c, isNormalized: false, count: layers),
        product(c, f, isNormalized: true, count: layers), product(f, c, isNormalized: false, count: layers),
      ]
      guard rows <= mostSequences else { continue }
      tasks += [
        TuningTask(operation: .product(rows: rows, k: c, n: v), isNormalized: true, use: .embedding, count: 1),
        TuningTask(
          operation: .attention(rows: rows, heads: heads, headSize: configuration.headSize), count: layers),
        TuningTask(operation: .layer(rows: rows, channels: c, inner: f, heads: heads), count: layers),
        TuningTask(operation: .sampling(vocabulary: v), count: 1),
      ]
    }
    var seen: Set<TunedOperation> = []
    return tasks.filter { seen.insert($0.operation).inserted }
  }
}
