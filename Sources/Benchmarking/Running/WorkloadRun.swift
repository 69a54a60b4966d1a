internal import Engine
import GPT2
import Tokenizer

internal import System

/// One run of a workload on a model, and its times.
struct WorkloadRun {
  let source: WorkloadSource
  let statistics: RunStatistics
  /// From the start to the end.
  let total: Duration
  /// From the start to the first token of each of the sequences that start together.
  let firstTokens: [Duration]
  /// The tokens' hash.
  let hash: String
  /// Tokens written.
  let newTokens: Int
  /// Bytes of the device's memory while it ran; nil on the host.
  let deviceMemory: Int?

  /// Runs a workload.
  ///
  /// - Parameter isEndToEnd: Whether prompts are tokenized and texts decoded and written, as people do.
  /// - Throws: An error of the engine.
  init(
    _ items: [WorkloadItem], _ workload: Workload, _ sweep: Sweep, on model: LoadedModel, isEndToEnd: Bool
  ) throws {
    let tokenizer = model.pretrained.tokenizer
    let output = isEndToEnd ? NullOutput() : nil
    var tokens = items.map { item -> [TokenID] in
      var tokens: [TokenID] = []
      tokens.reserveCapacity(item.newTokens)
      return tokens
    }
    var firstTokens: [Duration] = []
    var deviceMemory: Int?
    let source = WorkloadSource(items, sweep, tokenizer: isEndToEnd ? tokenizer : nil)
    let start = ContinuousClock.now
    statistics = try model.engine.run(
      source, batchSize: workload.batch, endOfText: [], onStep: source.add
    ) { event in
      switch event {
      case .failed(_, let error): throw error
      case .cancelled, .prompt: return false
      case .token(let token):
        if tokens[token.request].isEmpty, token.request < workload.batch {
          firstTokens.append(ContinuousClock.now - start)
          deviceMemory = model.memoryBytes
        }
        tokens[token.request].append(token.token)
        if let output, token.finish != nil { output.writeText(of: tokens[token.request], tokenizer) }
        return true
      }
    }
    total = ContinuousClock.now - start
    self.source = source
    self.firstTokens = firstTokens
    self.deviceMemory = deviceMemory
    var hash = TextHash()
    for sequence in tokens { hash.add(sequence) }
    self.hash = hash.text
    newTokens = tokens.reduce(0) { $0 + $1.count }
  }
}

/// A file for texts that nobody reads.
private final class NullOutput {
  private let descriptor = open("/dev/null", O_WRONLY | O_CLOEXEC)

  deinit { close(descriptor) }

  /// Writes a text; its tokens as numbers where there is no tokenizer.
  func writeText(of tokens: [TokenID], _ tokenizer: Tokenizer?) {
    let text = tokenizer?.decode(tokens, skippingSpecial: true) ?? tokens.map(String.init).joined(separator: " ")
    var line = Array(text.utf8)
    line.append(10)
    _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
  }
}
