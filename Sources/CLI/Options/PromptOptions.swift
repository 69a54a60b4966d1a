import ArgumentParser
import GPT2

/// The text to continue.
struct PromptOptions: ParsableArguments {
  @Argument(
    help: "The text to continue, in quotes; '-' reads it from standard input, as a pipe into the program does.")
  var prompt: String?

  @Option(name: [.customShort("p"), .customLong("prompt")], parsing: .unconditional, help: .hidden)
  var promptOption: String?

  @Option(
    help: ArgumentHelp(
      "Read the prompt from a file; '-' is standard input. A byte order mark and one line break at its end are left out.",
      valueName: "file"))
  var promptFile: String?

  @Option(help: ArgumentHelp("A prompt of token ids.", valueName: "1,2,3"))
  var promptTokens: TokenList?

  @Option(help: "What becomes of a prompt that is longer than the model's context.")
  var overflow = PromptOverflow.error

  func validate() throws {
    if [prompt != nil, promptOption != nil, promptFile != nil, promptTokens != nil].count(where: \.self) > 1 {
      throw ValidationError("Give one prompt: PROMPT, --prompt-file or --prompt-tokens.")
    }
  }

  /// The prompt.
  func read() throws(UsageError) -> Prompt {
    if let promptTokens { return .tokens(promptTokens.ids) }
    let prompt = prompt ?? promptOption
    let isPiped = prompt == nil && promptFile == nil && TextInput.isPiped
    if let path = promptFile ?? (prompt == "-" || isPiped ? "-" : nil) {
      var text = try TextInput(path: path).text()
      if isPiped && text.isEmpty { throw Self.nothing }
      // The line break that `echo` and editors put there is not meant to be continued; as in the shell's $(...), but
      // once.
      if text.last == "\n" || text.last == "\r\n" { text.removeLast() }
      return .text(text)
    }
    guard let prompt else { throw Self.nothing }
    TextInput.noticeFile(prompt, option: "--prompt-file", "continues")
    return .text(prompt)
  }

  private static var nothing: UsageError {
    UsageError("There is nothing to continue: give PROMPT, --prompt-file or --prompt-tokens.")
  }
}
