package import Checkpoint
package import OpenCLBackend

/// An operation of a model to find the best parameters of.
package struct TuningTask: Hashable, Sendable {
  /// What it is.
  package let operation: TunedOperation
  /// Whether its rows go through a norm first.
  let isNormalized: Bool
  /// How often a step computes it.
  package let count: Int

  /// The rows that choices are made for where nobody says, those of most use first.
  package static let usualRows = [1, 8, 64, 256, 2, 4, 16, 32, 128, 512, 1024]
  /// Sequences whose logits are wanted in one step.
  private static let mostLogits = 256

  /// Everything to tune of a model, with so many rows each.
  package static func all(of configuration: ModelConfiguration, rows: [Int]) -> [TuningTask] {
    let sampling = TuningTask(
      operation: .sampling(vocabulary: configuration.vocabularySize), isNormalized: false, count: 1)
    var tasks = products(of: configuration, rows: rows)
    tasks.insert(sampling, at: min(perStep, tasks.count))
    return tasks
  }

  /// Products of a layer, and the head's.
  private static let perStep = 5

  /// A model's products with so many rows each.
  package static func products(of configuration: ModelConfiguration, rows: [Int]) -> [TuningTask] {
    let (c, f, layers) = (configuration.embeddingSize, configuration.innerSize, configuration.layerCount)
    var tasks: [TuningTask] = []
    for rows in rows {
      for (k, n, isNormalized, count) in [
        (c, 3 * c, true, layers), (c, c, false, layers), (c, f, true, layers), (f, c, false, layers),
        (c, configuration.vocabularySize, true, 1),
      ] where count > 1 || rows <= mostLogits {
        let operation = TunedOperation.product(rows: TunedOperation.bucket(rows), k: k, n: n)
        guard !tasks.contains(where: { $0.operation == operation }) else { continue }
        tasks.append(TuningTask(operation: operation, isNormalized: isNormalized, count: count))
      }
    }
    return tasks
  }
}
