internal import System
import ArgumentParser
import Checkpoint
import GPT2
import JSON
import Tokenizer

/// `gpt2-gpu tokenize`: text to token ids and back.
struct Tokenize: MessagingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn text into token ids, or token ids into text.",
    usage: "gpt2-gpu tokenize [<options>] [<text>]",
    discussion: """
      Prints ids as --prompt-tokens and --decode take them; --format json adds the pieces of the vocabulary.

      Examples:
        gpt2-gpu tokenize "My dream is"
        gpt2-gpu tokenize --model ./rabbitsnap --file letter.txt --format json
        gpt2-gpu tokenize --decode 46,89,3,12
      """)

  @Argument(help: "The text; '-' reads it from standard input, as it is.")
  var text: String?

  @Option(help: "Read the text from a file; '-' is standard input.")
  var file: String?

  @Option(help: ArgumentHelp("Turn token ids into text.", valueName: "1,2,3"))
  var decode: TokenList?

  @Flag(help: "Take special tokens that are spelled out, such as <|endoftext|>, for ordinary text.")
  var plain = false

  @OptionGroup var model: ModelOptions
  @OptionGroup var format: FormatOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    if [text != nil, file != nil, decode != nil].count(where: \.self) != 1 {
      throw ValidationError("Give one of TEXT, --file and --decode.")
    }
  }

  func run() throws {
    let files = try model.files()
    if let notice = try files.tokenizerNotice() { Output.notice(notice) }
    // A folder may hold a tokenizer alone.
    let rowCount = (try? Checkpoint(files: files))?.configuration.vocabularySize ?? 0
    let tokenizer = try Tokenizer(files, rowCount: rowCount)
    if let ids = decode?.ids {
      let text = try decoded(ids, by: tokenizer)
      try print(ids, by: tokenizer, text: text, plainly: text)
    } else {
      let ids = tokenizer.encode(try input(), special: plain ? .plain : .recognized)
      try print(ids, by: tokenizer, plainly: ids.map(String.init).joined(separator: ","))
    }
  }

  private func input() throws(UsageError) -> String {
    if let path = file ?? (text == "-" ? "-" : nil) { return try TextInput(path: path).text() }
    let text = text ?? ""
    TextInput.noticeFile(text, option: "--file", "tokenizes")
    return text
  }

  private func decoded(_ ids: [TokenID], by tokenizer: Tokenizer) throws(UsageError) -> String {
    if let unknown = ids.first(where: { tokenizer.piece($0) == nil }) {
      throw UsageError(
        "The vocabulary has no token \(unknown); its ids are below \(tokenizer.vocabularySize).")
    }
    return tokenizer.decode(ids)
  }

  private func print(
    _ ids: [TokenID], by tokenizer: Tokenizer, text: String? = nil, plainly plain: String
  ) throws(WriteError) {
    switch format.format {
    case .text: try Output.results.print(plain + "\n")
    case .json:
      var members = [
        JSON.Member("tokens", JSON(ids)),
        JSON.Member("pieces", .array(ids.map { tokenizer.piece($0).map { .string($0) } ?? .null })),
      ]
      if let text { members.append(JSON.Member("text", .string(text))) }
      try Output.results.print(JSON.object(members).text + "\n")
    }
  }
}
