package import Backend
package import Checkpoint
internal import GPT2

/// The least operations and bytes of a model's workload, on any device.
///
/// - FLOP: 2 × multiply-adds. A row takes 4C² + 2CF for each layer's matrices, 2C(p + 1) for its attention over the
///   p + 1 positions up to its own; a row whose logits are wanted CV more.
/// - Bytes: every pass reads all the layers' weights once, and the V × C of the head where logits are wanted; each row
///   of a running sequence reads its keys and values, 2C for each layer and position. Activations are not counted.
package struct ModelCost: Sendable {
  private let configuration: ModelConfiguration
  private let precision: Precision
  /// Bytes of a number of the keys and values.
  private let cacheBytes: Int

  /// The cost at a precision.
  package init(_ configuration: ModelConfiguration, _ precision: Precision) {
    self.configuration = configuration
    self.precision = precision
    cacheBytes = precision.cacheBitWidth / 8
  }

  private var layerWeights: Int {
    let (c, f) = (configuration.embeddingSize, configuration.innerSize)
    return configuration.layerCount * (4 * c * c + 2 * c * f)
  }
  private var headWeights: Int { configuration.vocabularySize * configuration.embeddingSize }
  /// Numbers of the keys and values of one position.
  private var cacheSize: Int { 2 * configuration.embeddingSize * configuration.layerCount }

  /// Bytes of weights that passes read.
  func weightTraffic(passes: Double, headPasses: Double) -> Double {
    (passes * Double(layerWeights * precision.bitWidth)
      + headPasses * Double(headWeights * precision.ofEmbeddings.bitWidth)) / 8
  }

  /// Bytes of keys and values that rows which see so many positions in all read.
  func cacheTraffic(positions: Int) -> Double { Double(cacheBytes) * Double(cacheSize) * Double(positions) }

  /// FLOP of rows, of outputs among them, and of the positions that they see in all.
  func operations(rows: Double, outputs: Double, positions: Int) -> Double {
    2 * (rows * Double(layerWeights) + outputs * Double(headWeights) + Double(cacheSize) * Double(positions))
  }

  /// Positions that keys and values are kept for together.
  private static let pageLength = 64

  /// Bytes that a workload needs where a step has so many rows at the most, and those of its largest buffer.
  package func memory(for workload: Workload, mostRows: Int) -> (total: Int, largest: Int) {
    let (c, f, v) = (configuration.embeddingSize, configuration.innerSize, configuration.vocabularySize)
    let weights = configuration.weightByteCount(precision)
    let pages = (min(configuration.contextLength, workload.longest) + Self.pageLength - 1) / Self.pageLength
    let positions = workload.batch * pages * Self.pageLength
    let cache = cacheSize * cacheBytes * positions
    let rows = max(workload.batch, min(mostRows, workload.batch * workload.promptTokens.range.upperBound))
    let logits = 4 * workload.batch * v
    return (
      weights + cache + 4 * rows * (6 * c + f) + logits,
      max(v * c * precision.ofEmbeddings.bitWidth / 8, c * cacheBytes * positions, 4 * rows * f, logits)
    )
  }
}
