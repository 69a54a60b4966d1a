import ArgumentParser
import GPT2

/// How tokens are guessed that one step then checks.
struct SpeculationOptions: ParsableArguments {
  @Flag(
    help: """
      Write the same text sooner where it repeats itself or its prompt: guess the next tokens from what followed the last \
      ones before, and check them in one step.
      """)
  var promptLookup = false

  @Option(
    help: ArgumentHelp(
      """
      Write the same text sooner with the guesses of a smaller model that has the same tokenizer, such as distilgpt2 for \
      gpt2.
      """, valueName: "path|org/name"))
  var draft: String?

  func validate() throws {
    if promptLookup && draft != nil {
      throw ValidationError("--prompt-lookup and --draft are two ways to guess the same tokens: give one of them.")
    }
  }

  /// How a model is to guess; nil where it is not. A draft of the Hub is fetched where it is not there.
  ///
  /// Warns where a device sums in another order for other numbers of rows, so that guesses may change a text.
  func speculation(on devices: [ComputeDevice], _ hub: HubOptions) throws -> Speculation? {
    if promptLookup || draft != nil, devices.contains(where: \.isCPU) {
      Output.notice("On cpu, sums depend on how many tokens are computed together, so guesses may change a text.")
    }
    if promptLookup { return .promptLookup }
    return try draft.map { .draft(try PretrainedModel(ModelOptions.files($0, adapter: nil, hub))) }
  }
}
