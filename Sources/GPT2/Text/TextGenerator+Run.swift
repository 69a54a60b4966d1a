public import Engine

extension TextGenerator {
  /// Runs the requests of a source, as many together as `batchSize` says, until it ends.
  ///
  /// A request's continuations are the same whatever runs beside it, on one OpenCL device.
  ///
  /// - Parameters:
  ///   - batchSize: Sequences decoded together; chosen from the device and its memory where nil.
  ///   - onEvent: Called with every token and failure; false ends that continuation, as when a stop string came up.
  /// - Throws: What the source and `onEvent` throw, after the step under way; `OpenCLError` where the device fails.
  public func run(
    _ source: any RequestSource, batchSize: Int? = nil, onEvent: (GenerationEvent) throws -> Bool
  ) throws -> RunStatistics {
    try runner.run(source, batchSize: batchSize, onEvent: onEvent)
  }
}
