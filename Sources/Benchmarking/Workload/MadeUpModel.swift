internal import System
package import Checkpoint
package import GPT2

/// A GPT-2 of a real shape whose weights are made up: as fast or slow as the real one, without its file.
///
/// Weights are random bf16 numbers, spread as GPT-2's are before training. All matrices lie in one stretch of such
/// numbers, each starting at another place, so that the 1.5 billion of the largest take the memory of its largest
/// matrix, and are there in a moment. A device reads its own packed copy, which is whole.
package enum MadeUpModel: String, CaseIterable, Sendable {
  case small = "124m"
  case medium = "355m"
  case large = "774m"
  case extraLarge = "1558m"

  /// The shape of a name, whatever its case.
  package init?(named name: String) { self.init(rawValue: name.lowercased()) }

  /// The shape, by OpenAI's paper.
  package var configuration: ModelConfiguration {
    let (layers, channels, heads) =
      switch self {
      case .small: (12, 768, 12)
      case .medium: (24, 1024, 16)
      case .large: (36, 1280, 20)
      case .extraLarge: (48, 1600, 25)
      }
    var configuration = ModelConfiguration()
    configuration.layerCount = layers
    configuration.embeddingSize = channels
    configuration.headCount = heads
    configuration.innerSize = 4 * channels
    return configuration
  }

  /// The model, without a tokenizer.
  package func model() throws -> PretrainedModel {
    try PretrainedModel(MadeUpWeights.checkpoint(name: rawValue, configuration))
  }
}

/// The weights of a made-up model.
enum MadeUpWeights {
  /// A checkpoint of a shape.
  static func checkpoint(name: String, _ configuration: ModelConfiguration) throws -> Checkpoint {
    let parameters = configuration.parameters
    let vector = parameters.filter { $0.shape.count == 1 }.map { $0.shape[0] }.max() ?? 0
    let matrix = parameters.filter { $0.shape.count == 2 }.map { $0.shape.reduce(1, *) }.max() ?? 0
    // One after the other: ones, zeros, numbers, and numbers for products that are added to the residual stream.
    let (ones, zeros, numbers) = (0, vector, 2 * vector)
    let spread = 64 * parameters.count
    let small = numbers + matrix + spread
    let largestSmall = configuration.innerSize * configuration.embeddingSize
    let file = FileData(name: name, count: 2 * (small + largestSmall + spread)) { bytes in
      let values = bytes.bindMemory(to: UInt16.self)
      for index in ones..<zeros { values[index] = bfloat16(1) }
      for index in zeros..<numbers { values[index] = 0 }
      fill(values, numbers..<small, deviation: 0.02)
      fill(values, small..<values.count, deviation: 0.02 / Float(2 * configuration.layerCount).squareRoot())
    }
    let tensors = parameters.enumerated().map { index, parameter in
      let count = parameter.shape.reduce(1, *)
      let isResidual = parameter.name.hasSuffix("c_proj.weight")
      let start =
        if parameter.shape.count == 1 {
          parameter.name.hasSuffix("weight") ? ones : zeros
        } else {
          (isResidual ? small : numbers) + 64 * index
        }
      return TensorView(
        name: parameter.name, scalarType: .bfloat16, shape: parameter.shape, file: file,
        bytes: 2 * start..<2 * (start + count))
    }
    return try Checkpoint(name: name, configuration: configuration, tensors: tensors)
  }

  /// Nearly normal numbers: sums of the four 16-bit parts of a random 64-bit number.
  private static func fill(
    _ values: UnsafeMutableBufferPointer<UInt16>, _ range: Range<Int>, deviation: Float
  ) {
    // Of a uniform number in 0 ..< 2^16: mean 2^15 - 1/2, variance (2^32 - 1) / 12; four of them.
    let scale = deviation / (4.0 / 12).squareRoot() / 65536
    for index in range {
      let bits = SplitMix64.mix(UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
      let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
      values[index] = bfloat16((Float(sum) - 131_070) * scale)
    }
  }

  /// The upper half of an fp32 number.
  @inline(__always)
  private static func bfloat16(_ value: Float) -> UInt16 { UInt16(truncatingIfNeeded: value.bitPattern >> 16) }
}
