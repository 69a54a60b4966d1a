package import GPT2

/// The options of a job.
package struct JobOptions: Sendable {
  /// The path of the items; `-` is standard input.
  package var input: String
  /// The path of the results; `-` is standard output.
  package var output: String
  /// Whether each line is a prompt, rather than JSON.
  package var isText = false
  /// Whether fields that are no options are left out, rather than refused.
  package var ignoresUnknown = false
  /// Whether results come in the order of the items.
  package var isOrdered = false
  /// Whether to continue results that are there.
  package var resumes = false
  /// Whether continuing tries those again that had an error.
  package var retriesErrors = false
  /// Which part of the items to take.
  package var shard = Shard.whole
  /// Settings of items that have none of their own.
  package var defaults = GenerationOverrides()
  /// Whose defaults hold where nothing is said.
  package var preset: SettingsPreset?
  /// What items may call the model that they ask for; its own name where nil.
  package var modelName: String?
  /// How to treat prompts that are too long.
  package var overflow = PromptOverflow.error
  /// Whether the tokens' log-probabilities are wanted.
  package var wantsLogProbabilities = false
  /// When the job is asked to end: no item is begun that would not end before; nil for no such time.
  package var deadline: ContinuousClock.Instant?
  /// Called around each line that is written: what else is on a terminal may be taken away. On any thread.
  package var whileWriting: @Sendable (() -> Void) -> Void = { $0() }

  /// A job from one path to another.
  package init(input: String, output: String) {
    self.input = input
    self.output = output
  }
}
