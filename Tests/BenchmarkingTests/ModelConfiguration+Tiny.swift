import Checkpoint

extension ModelConfiguration {
  /// Two layers of 32 channels, whose weights are made up in a moment.
  static let tiny: ModelConfiguration = {
    var configuration = ModelConfiguration()
    (configuration.vocabularySize, configuration.contextLength) = (300, 32)
    (configuration.embeddingSize, configuration.layerCount) = (32, 2)
    (configuration.headCount, configuration.innerSize) = (2, 128)
    return configuration
  }()
}
