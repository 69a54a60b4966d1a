public import Backend
public import Checkpoint
public import Engine
public import OpenCL
public import Sampling
public import Tokenizer

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

// What apps show of an error is Foundation's `localizedDescription`: the same sentence that `print` writes.

extension SettingsError: LocalizedError {
  /// The sentence.
  public var errorDescription: String? { description }
}

extension CheckpointError: LocalizedError {
  /// The sentence.
  public var errorDescription: String? { description }
}

extension TokenizerError: LocalizedError {
  /// The sentence.
  public var errorDescription: String? { description }
}

extension WeightError: LocalizedError {
  /// The sentence.
  public var errorDescription: String? { description }
}

extension DeviceError: LocalizedError {
  /// The sentence.
  public var errorDescription: String? { description }
}

extension OpenCLError: LocalizedError {
  /// The sentence, and what the compiler said.
  public var errorDescription: String? { description }
}

extension SamplingError: LocalizedError {
  /// The sentence.
  public var errorDescription: String? { description }
}

extension RequestQueueError: LocalizedError {
  /// The sentence.
  public var errorDescription: String? { description }
}

extension CacheError: LocalizedError {
  /// The sentence.
  public var errorDescription: String? { description }
}
