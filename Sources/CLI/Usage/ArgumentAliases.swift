/// Names that other programs give to options of this one, where they can mean nothing else. No help lists them.
enum ArgumentAliases {
  /// By command: of llama.cpp, of OpenAI's API, of transformers, and of vLLM's and mlx-lm's programs.
  private static let writing = [
    "--max-tokens": "--max-new-tokens", "--n-predict": "--max-new-tokens", "--predict": "--max-new-tokens",
    "--temp": "--temperature", "--repeat-penalty": "--repetition-penalty", "--typical": "--typical-p", "--n": "-n",
    "--num-return-sequences": "-n", "--num-samples": "-n", "--stop-strings": "--stop",
    "--min-tokens": "--min-new-tokens",
  ]
  private static let model = ["-m": "--model", "--lora": "--adapter"]
  private static let commands = [
    "generate": writing.merging(model) { $1 }.merging(["-f": "--prompt-file", "--file": "--prompt-file"]) { $1 },
    "batch": writing.merging(model) { $1 }.merging([
      "-i": "--in", "--input": "--in", "--input-file": "--in", "-o": "--out", "--output": "--out",
      "--output-file": "--out",
    ]) { $1 },
    "score": model.merging(["-f": "--file"]) { $1 }, "tokenize": model, "bench": model, "tune": ["-m": "--model"],
  ]

  /// The arguments with this program's own names.
  static func resolved(_ arguments: [String]) -> [String] {
    guard let command = arguments.first, let names = commands[command] else { return arguments }
    var isOption = true
    return arguments.map { argument in
      if argument == "--" { isOption = false }
      guard isOption, argument.hasPrefix("-") else { return argument }
      let parts = argument.split(separator: "=", maxSplits: 1)
      guard let name = parts.first, let own = names[String(name)] else { return argument }
      return parts.count == 1 ? own : "\(own)=\(parts[1])"
    }
  }
}
