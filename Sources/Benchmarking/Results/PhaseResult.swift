import JSON

/// How fast one phase of a workload was.
package struct PhaseResult: Sendable {
  /// Tokens of prompts in prefill, tokens written elsewhere.
  package var tokensPerSecond: Sample
  /// See ``ModelCost``; nil end to end.
  package var bytesPerSecond: Sample?
  /// See ``ModelCost``; nil end to end.
  package var operationsPerSecond: Sample?

  /// Its rates as shares of the device's measured limits.
  package func shares(of limits: DeviceLimits?) -> (read: Double?, fma: Double?) {
    (
      bytesPerSecond.flatMap { bytes in limits.map { bytes.median / $0.readBytesPerSecond } },
      operationsPerSecond.flatMap { operations in limits.map { operations.median / $0.operationsPerSecond } }
    )
  }

  func json(_ limits: DeviceLimits?) -> JSON {
    let shares = shares(of: limits)
    return [
      "tokens_per_s": tokensPerSecond.json,
      "bytes_per_s": JSON(bytesPerSecond?.median), "flop_per_s": JSON(operationsPerSecond?.median),
      "share_of_read": JSON(shares.read), "share_of_fma": JSON(shares.fma),
    ]
  }
}

extension JSON {
  /// A number, or null.
  init(_ number: Double?) { self = number.map { .number($0) } ?? .null }
  /// A number, or null.
  init(_ number: Int?) { self = number.map { .integer($0) } ?? .null }
}
