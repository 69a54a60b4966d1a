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
      'gpt2-gpu pull ORG/NAME', and a folder anywhere can be used by its path. The cache is where HF_HUB_CACHE or HF_HOME \
      says, else ~/.cache/huggingface/hub.

      Examples:
        gpt2-gpu models
        gpt2-gpu models --format json
      """)

  @OptionGroup var format: FormatOptions
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let cache = HubCache()
    let repositories = cache.map(HubRepository.all) ?? []
    let demo = ModelEntry(name: "demo", revision: nil, files: .success(.demo))
    // One after the other: a model's maps are let go of before the next one's are made.
    let entries = [demo] + repositories.map { ModelEntry(name: $0.id, revision: $0.revision, files: $0.files) }
    switch format.format {
    case .json: try Output.results.print(JSON.array(entries.map(\.json)).text + "\n")
    case .text:
      let list = ModelList(entries, columns: Output.results.columns)
      try Output.results.print(list.text)
      if repositories.isEmpty, let cache { Output.notice("There are no models in \(cache.folder).") }
    }
  }
}
