internal import System
import ArgumentParser
import Diagnosis
import JSON

/// `gpt2-gpu cache`: what is kept for later starts.
struct Cache: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List or clear what is kept for later starts.",
    discussion: """
      Compiled kernels, what 'tune' found, and notes of instructions whose trial ended the program are kept in \
      $GPT2_GPU_CACHE, else in $XDG_CACHE_HOME/gpt2-gpu, else in ~/.cache/gpt2-gpu. Nothing is lost that cannot be made \
      again: kernels compile at the next start, and nothing changes a text.

      Examples:
        gpt2-gpu cache
        gpt2-gpu cache clear
        gpt2-gpu cache clear kernels
      """,
    subcommands: [CacheList.self, CacheClear.self], defaultSubcommand: CacheList.self)
}

/// `gpt2-gpu cache list`, which `list` need not name.
struct CacheList: MessagingCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List what is kept, and where drivers keep their own.",
    discussion: """
      Example:
        gpt2-gpu cache list --format json
      """)

  @OptionGroup var format: FormatOptions
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let files = try KeptFiles.required()
    let sums = KeptFiles.Kind.allCases.map { (kind: $0, sum: files.sum(of: $0)) }
    let pocl = DriverFiles.pocl.map { (folder: $0.folder, sum: $0.sum) }
    switch format.format {
    case .text:
      var table = Table()
      for (kind, sum) in sums { table.append("  " + kind.rawValue, sum.filesText, sum.bytesText, kind.purpose) }
      try Output.results.print("\(files.folder)\n".printable + table.text)
      if let pocl {
        try Output.results.print(
          "\(pocl.folder)\n".printable + "  \(pocl.sum.filesText)  \(pocl.sum.bytesText)  "
            + "PoCL's own: to empty it, remove the folder\n")
      }
    case .json:
      let json: JSON = [
        "folder": .string(files.folder),
        "kept": .array(sums.map { .object([JSON.Member("kind", .string($0.kind.rawValue))] + $0.sum.members) }),
        "pocl": pocl.map { .object([JSON.Member("folder", .string($0.folder))] + $0.sum.members) } ?? .null,
      ]
      try Output.results.print(json.text + "\n")
    }
  }
}

/// `gpt2-gpu cache clear`: removes it.
struct CacheClear: MessagingCommand {
  static let configuration = CommandConfiguration(
    commandName: "clear", abstract: "Remove what is kept, or some of it.",
    discussion: """
      Only the program's own files are removed, whatever else is in the folder; those that another process is using stay.

      Examples:
        gpt2-gpu cache clear
        gpt2-gpu cache clear kernels probes
      """)

  @Argument(help: "What to remove (default: all): kernels, tuning, probes.")
  var kinds: [KeptFiles.Kind] = []

  @OptionGroup var format: FormatOptions
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let files = try KeptFiles.required()
    let removed = try KeptFiles.Kind.allCases.filter { kinds.isEmpty || kinds.contains($0) }
      .map { (kind: $0, sum: try files.clear($0)) }
    switch format.format {
    case .text:
      let lines = removed.map { "Removed \($0.sum.filesText) of \($0.kind.rawValue), \($0.sum.bytesText).\n" }
      try Output.results.print(lines.joined())
    case .json:
      let json: JSON = [
        "folder": .string(files.folder),
        "removed": .array(
          removed.map { .object([JSON.Member("kind", .string($0.kind.rawValue))] + $0.sum.members) }),
      ]
      try Output.results.print(json.text + "\n")
    }
  }
}

extension KeptFiles.Kind: ExpressibleByArgument {
  /// What the files are for.
  fileprivate var purpose: String {
    switch self {
    case .kernels: "compiled kernels, for a fast start"
    case .tuning: "what 'gpt2-gpu tune' found"
    case .probes: "instructions whose trial failed"
    }
  }
}

extension KeptFiles {
  /// The user's files.
  fileprivate static func required() throws(UsageError) -> KeptFiles {
    guard let files = standard else {
      throw UsageError("There is no folder to keep anything in: name one in the environment variable GPT2_GPU_CACHE.")
    }
    return files
  }
}

extension KeptFiles.Sum {
  fileprivate var filesText: String { "\(files) \(files == 1 ? "file" : "files")" }
  fileprivate var bytesText: String { ByteSize(bytes).description }
  fileprivate var members: [JSON.Member] {
    [JSON.Member("files", .integer(files)), JSON.Member("bytes", .integer(bytes))]
  }
}
