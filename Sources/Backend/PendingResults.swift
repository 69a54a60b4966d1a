package import Sampling

/// Tokens that the device is choosing.
package protocol PendingSamples {
  /// Waits for them, in the order of the rows.
  func wait() throws -> [SampledToken]
}

/// Log-probabilities that the device is computing.
package protocol PendingScores {
  /// Waits for them, in the order of the rows.
  func wait() throws -> [TokenScore]
}
