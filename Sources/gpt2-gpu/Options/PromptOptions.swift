import ArgumentParser
import GPT2

/// The text to continue.
struct PromptOptions: ParsableArguments {
  @Argument(help: "The text to continue; '-' reads it from standard input.")
  var prompt: String?

  @Option(
    help: ArgumentHelp(
      "Read the prompt from a file; '-' is standard input. One line feed at its end is left out.", valueName: "file"))
  var promptFile: String?

  @Option(help: ArgumentHelp("A prompt of token ids.", valueName: "1,2,3"))
  var promptTokens: TokenList?

  @Option(help: "What becomes of a prompt that is longer than the model's context.")
  var overflow = PromptOverflow.error

  func validate() throws {
    if [prompt != nil, promptFile != nil, promptTokens != nil].count(where: \.self) > 1 {
      throw ValidationError("Give one prompt: PROMPT, --prompt-file or --prompt-tokens.")
    }
  }

  /// The prompt; nil where there is none.
  func read() throws(UsageError) -> Prompt? {
    if let promptTokens { return .tokens(promptTokens.ids) }
    if let path = promptFile ?? (prompt == "-" ? "-" : nil) {
      var text = try TextInput(path: path).text()
      // The line break that `echo` and editors put there is not meant to be continued; as in the shell's $(...), but
      // once.
      if text.last == "\n" || text.last == "\r\n" { text.removeLast() }
      return .text(text)
    }
    return prompt.map { .text($0) }
  }
}
