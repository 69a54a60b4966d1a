internal import Backend
internal import OpenCL
package import Sampling

/// Tokens that the device is choosing.
package struct DeviceSamples: PendingSamples {
  let read: PendingRead<SampledToken>

  /// Waits for them.
  package func wait() throws -> [SampledToken] { try read.wait() }
}

/// Log-probabilities that the device is computing.
package struct DeviceScores: PendingScores {
  let read: PendingRead<TokenScore>

  /// Waits for them.
  package func wait() throws -> [TokenScore] { try read.wait() }
}
