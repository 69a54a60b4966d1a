import Checkpoint
import GPT2
import JSON

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
