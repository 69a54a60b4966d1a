import Tokenizer

/// One sequence of a benchmark's workload.
struct WorkloadItem: Sendable {
  var prompt: [TokenID]
  /// A text that the tokenizer splits into those tokens; nil for a model without a tokenizer.
  var text: String?
  var newTokens: Int
}
