internal import GPT2
internal import JSON

/// What a request to /v1/completions may ask for.
package struct CompletionLimits: Sendable {
  /// Texts, or the beams that are searched for them, of all prompts together; nil where somebody else looks at that.
  package var maximumSamples: Int? = 64
  package var maximumPrompts = 64
  /// Strings that end a text.
  package var maximumStops = 64
  /// Of the likeliest tokens beside each.
  package var maximumLogProbabilities = 20
  /// What else a request may ask for.
  package var form = Form.extended

  /// Which fields there are.
  package enum Form: Sendable {
    /// OpenAI's, and some that vLLM adds: a line of a batch, which has nobody to stream to.
    case batch
    /// Also every option of `generate`, streams, and the best of several texts.
    case extended
  }

  package init() {}

  /// The most prompts, of which each has a text.
  var mostPrompts: Int { min(maximumPrompts, maximumSamples ?? .max) }

  /// The most texts or beams that each of so many prompts may ask for; nil where somebody else looks at that.
  func most(of setting: Setting, prompts: Int = 1) -> Int? {
    maximumSamples.map { min($0 / max(1, prompts), setting.row.schema["maximum"]?.integer ?? .max) }
  }

  /// Those of a line of a batch, whose job looks at the samples.
  package static let batch = {
    var limits = CompletionLimits()
    (limits.maximumSamples, limits.maximumPrompts, limits.maximumStops) = (nil, 4096, .max)
    (limits.maximumLogProbabilities, limits.form) = (5, .batch)
    return limits
  }()
}
