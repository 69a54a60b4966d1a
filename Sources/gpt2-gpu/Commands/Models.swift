internal import System
import ArgumentParser
import Checkpoint
import GPT2
import JSON

/// `gpt2-gpu models`: the models on this machine.
struct Models: MessagingCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the models in the local Hub cache, and which of them can be used.",
    discussion: """
      The first column is what --model takes; the demo model is there without it. A model comes into the cache by \
      'hf download ORG/NAME', and a folder anywhere can be used by its path. The cache is where HF_HUB_CACHE or HF_HOME \
      says, else ~/.cache/huggingface/hub.

      Examples:
        gpt2-gpu models
        gpt2-gpu models --format json
      """)

  @OptionGroup var format: FormatOptions
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let (folder, repositories) = HubRepository.all()
    let demo = ModelEntry(name: "demo", revision: nil, files: .success(.demo))
    // One after the other: a model's maps are let go of before the next one's are made.
    let entries = [demo] + repositories.map { ModelEntry(name: $0.id, revision: $0.revision, files: $0.files) }
    switch format.format {
    case .json: try Output.results.print(JSON.array(entries.map(\.json)).text + "\n")
    case .text:
      let list = ModelList(entries, columns: Output.results.columns)
      try Output.results.print(list.text)
      if repositories.isEmpty, let folder { Output.notice("There are no models in \(folder).") }
    }
  }
}

/// A model of the list.
struct ModelEntry {
  /// What `--model` takes.
  let name: String
  /// The commit; nil for the demo model, and where that is not known.
  let revision: String?
  /// What is known of one that can be used.
  let checkpoint: Checkpoint?
  /// Why it cannot be.
  let problem: String?

  init(name: String, revision: String?, files: Result<ModelFiles, CheckpointError>) {
    self.name = name
    self.revision = revision
    do {
      checkpoint = try Checkpoint(files: files.get())
      problem = nil
    } catch {
      checkpoint = nil
      problem = error.problem
    }
  }

  /// Bytes of the files of weights.
  var byteCount: Int { checkpoint?.files.reduce(0) { $0 + $1.byteCount } ?? 0 }

  /// What kinds of files the weights are in, each once.
  var formats: [String] {
    (checkpoint?.files ?? []).map(\.format.description).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  var json: JSON {
    let configuration = checkpoint?.configuration
    func integer(_ value: Int?) -> JSON { value.map { .integer($0) } ?? .null }
    return [
      "model": .string(name), "revision": revision.map { .string($0) } ?? .null, "usable": .boolean(problem == nil),
      "problem": problem.map { .string($0) } ?? .null, "parameters": integer(configuration?.parameterCount),
      "n_layer": integer(configuration?.layerCount), "n_embd": integer(configuration?.embeddingSize),
      "bytes": checkpoint == nil ? .null : .integer(byteCount), "formats": .array(formats.map { .string($0) }),
    ]
  }
}

/// The list of models for people: within 80 columns, but for names that are longer.
struct ModelList {
  private let entries: [ModelEntry]
  /// How wide a line about a model that cannot be used may be; nil where it is not cut.
  private let columns: Int?

  init(_ entries: [ModelEntry], columns: Int?) {
    self.entries = entries
    self.columns = columns
  }

  /// Of most names; a longer one has a line of its own.
  private static let nameWidth = 26

  var text: String {
    var table = Table(headings: ["model", "params", "layers", "size", "weights", "commit"])
    for entry in entries {
      guard let checkpoint = entry.checkpoint else { continue }
      let isLong = entry.name.count > Self.nameWidth
      if isLong { table.append(entry.name) }
      let configuration = checkpoint.configuration
      table.append(
        isLong ? "" : entry.name, "\((Double(configuration.parameterCount) / 1e6).fixed(1)) M",
        "\(configuration.layerCount) × \(configuration.embeddingSize)", ByteSize(entry.byteCount).description,
        entry.formats.joined(separator: ", "), entry.revision.map { String($0.prefix(7)) } ?? "inside")
    }
    let unusable = entries.compactMap { entry in
      entry.problem.map { line("\(entry.name): \($0)".printable.replacing("\n", with: " ")) + "\n" }
    }
    return table.text + (unusable.isEmpty ? "" : "\nThese cannot be used:\n" + unusable.joined())
  }

  private func line(_ text: String) -> String {
    guard let columns, text.count > columns else { return text }
    return String(text.prefix(max(1, columns - 1))) + "…"
  }
}
