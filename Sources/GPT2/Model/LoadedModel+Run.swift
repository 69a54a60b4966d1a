public import Engine

extension LoadedModel {
  /// Runs the requests of a source, as many together as `batchSize` says, until it ends.
  ///
  /// A request's continuations are the same whatever runs beside it, on one OpenCL device.
  ///
  /// - Parameters:
  ///   - source: Gives the requests, one after the other.
  ///   - batchSize: Sequences decoded together; chosen from the device and its memory where nil.
  ///   - endOfText: The tokens that end a text where its request does not name others; the model's where nil.
  ///   - onEvent: Called with every token and failure; false ends that continuation, as when a stop string came up.
  /// - Throws: Errors of the source and of `onEvent`, after the step in flight; `OpenCLError` where the device fails.
  public func run(
    _ source: any RequestSource, batchSize: Int? = nil, endOfText: [Int32]? = nil,
    onEvent: (GenerationEvent) throws -> Bool
  ) throws -> RunStatistics {
    try engine.run(
      source, batchSize: batchSize, endOfText: endOfText ?? self.endOfText, onStep: nil, onEvent: onEvent)
  }

  /// Serves a queue's requests on this thread, until the queue is closed and empty.
  ///
  /// - Parameters:
  ///   - queue: The queue.
  ///   - batchSize: Sequences decoded together; chosen from the device and its memory where nil.
  /// - Throws: `OpenCLError` where the device fails; the streams of the requests then end with the same error.
  public func serve(_ queue: RequestQueue, batchSize: Int? = nil) throws -> RunStatistics {
    try serve(queue, batchSize: batchSize, onStep: nil)
  }

  /// - Parameter onStep: Called with the time of each step.
  func serve(_ queue: RequestQueue, batchSize: Int?, onStep: ((StepTime) -> Void)?) throws -> RunStatistics {
    try queue.serve(on: engine, batchSize: batchSize, endOfText: endOfText, onStep: onStep)
  }

  /// The tokens that end a text by the model's files; none where they are no settings at all.
  var endOfText: [Int32] { (try? settings())?.endOfText ?? [] }
}
