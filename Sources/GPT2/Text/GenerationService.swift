public import Backend
public import Engine
public import OpenCLBackend
public import Checkpoint
internal import Dispatch

/// A model that continues prompts of many tasks at the same time.
///
/// A thread of its own owns the model and runs the prompts together, each as it comes: first come, first served. To end
/// a text early, end the iteration over its stream, or cancel the task.
///
/// ```swift
/// let service = try await GenerationService(.demo)
/// for try await piece in try service.generate(.text("My dream is"), service.pretrained.settings()) {
///   print(piece.text, terminator: "")
/// }
/// ```
public final class GenerationService: Sendable {
  /// The checkpoint and its tokenizer.
  public let pretrained: PretrainedModel
  /// The requests that wait and run.
  public let queue: RequestQueue
  /// The thread's end.
  private let end: Task<RunStatistics, any Error>

  /// Loads a model.
  ///
  /// - Parameters:
  ///   - files: The checkpoint.
  ///   - device: Where to compute.
  ///   - precision: How to store weights; where nil fp16, and fp32 on the CPU without OpenCL, which has nothing else.
  ///   - family: Which kernels to run; those made for the device's type where nil.
  ///   - batchSize: Texts written together; chosen from the device and its memory where nil.
  ///   - queue: Takes the requests; for this service alone.
  ///   - onMemoryShortage: Called, on the service's thread, where the device refuses memory, and the service goes on
  ///     with less.
  /// - Throws: `CheckpointError`, `TokenizerError`, `WeightError`, `DeviceError`, `OpenCLError`, or ``SettingsError`` for a
  ///   precision or kernels that the device does not have.
  public convenience init(
    _ files: ModelFiles, device: DeviceSelection = .automatic, precision: Precision? = nil,
    family: KernelFamily? = nil, batchSize: Int? = nil, queue: RequestQueue = RequestQueue(),
    onMemoryShortage: @escaping @Sendable (MemoryShortage) -> Void = { _ in }
  ) async throws {
    let pretrained = try PretrainedModel(files, whileDriversLoadFor: device)
    try await self.init(pretrained, batchSize: batchSize, queue: queue) {
      let model = try LoadedModel(pretrained, device: device, precision: precision, family: family)
      model.onMemoryShortage = onMemoryShortage
      return model
    }
  }

  /// - Parameters:
  ///   - onStep: Called with the time of each step, on the service's thread.
  ///   - load: Puts the model onto its device; called on the thread that will own it.
  package init(
    _ pretrained: PretrainedModel, batchSize: Int? = nil, queue: RequestQueue = RequestQueue(),
    onStep: (@Sendable (StepTime) -> Void)? = nil, load: @escaping @Sendable () throws -> LoadedModel
  ) async throws {
    self.pretrained = pretrained
    self.queue = queue
    let (loading, loaded) = AsyncThrowingStream<Void, any Error>.makeStream()
    end = Task {
      try await withCheckedThrowingContinuation { ended in
        // A queue of its own has a thread of its own.
        DispatchQueue(label: "gpt2-gpu.service").async {
          ended.resume(
            with: Result {
              let model: LoadedModel
              do {
                model = try load()
              } catch {
                loaded.finish(throwing: error)
                queue.fail(error)  // nobody may be left to read the line above
                throw error
              }
              loaded.finish()
              return try model.serve(queue, batchSize: batchSize, onStep: onStep)
            })
        }
      }
    }
    for try await _ in loading {}
    // In a cancelled task the loop ends early, and without an error.
    try Task.checkCancellation()
  }

  deinit { queue.close() }

  /// Takes no more prompts, and waits until those that are there have their texts.
  ///
  /// - Throws: The error that ended the engine, such as `OpenCLError`.
  @discardableResult
  public func close() async throws -> RunStatistics {
    queue.close()
    return try await end.value
  }

  /// Waits until the service has ended, which it does where the device fails.
  ///
  /// - Throws: The error that ended the engine.
  package func waitForEnd() async throws { _ = try await end.value }

  /// Continues a prompt. The log-probabilities of the prompt's own tokens are not part of the stream, which is empty where
  /// no new tokens are asked for.
  ///
  /// - Throws: ``SettingsError`` for a prompt that cannot be used, `RequestQueueError` where no more are taken.
  public func generate(
    _ prompt: Prompt, _ settings: GenerationSettings, wantsLogProbabilities: Bool = false,
    overflow: PromptOverflow = .error
  ) throws -> AsyncThrowingStream<TextPiece, any Error> {
    try generate(
      pretrained.request(
        for: prompt, settings, wantsLogProbabilities: wantsLogProbabilities, overflow: overflow))
  }

  /// Continues a prompt that has been tokenized.
  ///
  /// - Throws: `RequestQueueError` where no more requests are taken.
  public func generate(_ request: TextRequest) throws -> AsyncThrowingStream<TextPiece, any Error> {
    let assembler = TextAssembler(request, pretrained)
    return try queue.submit(request.tokens) { token in
      let (piece, _) = assembler.append(token)
      return (piece, piece.continuation == nil)
    }
  }
}
