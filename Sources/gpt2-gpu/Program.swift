internal import CLI

/// The program `gpt2-gpu`.
@main
enum Program {
  static func main() { RootCommand.main() }
}
