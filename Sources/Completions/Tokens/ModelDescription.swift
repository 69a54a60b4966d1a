package import GPT2
package import JSON
internal import Tokenizer

/// What /v1/models and /tokenizer_info say of the model.
package struct ModelDescription: Sendable {
  /// The names that requests may ask for it by.
  package var names: [String]
  /// Seconds since 1970 when it was loaded.
  package var created: Int
  /// The commit of its repository; nil for a folder.
  package var revision: String?
  private let model: PretrainedModel

  package init(_ model: PretrainedModel, names: [String], created: Int, revision: String? = nil) {
    self.model = model
    self.names = names
    self.created = created
    self.revision = revision
  }

  /// The answer to /v1/models.
  package var list: JSON { ["object": .string("list"), "data": .array(names.map { entry($0) })] }

  /// The answer to /v1/models/{name}.
  ///
  /// - Throws: ``CompletionError`` where the model has another name.
  package func entry(named name: String) throws(CompletionError) -> JSON {
    try check(name)
    return entry(name)
  }

  /// Refuses another model's name; none is this model's.
  package func check(_ name: String?) throws(CompletionError) {
    guard let name, !names.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else { return }
    throw .unknownModel(name, served: names)
  }

  private func entry(_ name: String) -> JSON {
    [
      "id": .string(name), "object": .string("model"), "created": .integer(created), "owned_by": .string("gpt2-gpu"),
      "max_model_len": .integer(model.configuration.contextLength), "revision": revision.map(JSON.string) ?? .null,
    ]
  }

  /// The answer to /tokenizer_info.
  package var tokenizerInfo: JSON {
    func spelling(_ id: Int?) -> JSON {
      id.flatMap { Int32(exactly: $0) }.flatMap { model.tokenizer?.piece($0) }.map(JSON.string) ?? .null
    }
    return [
      "tokenizer_class": .string("GPT2Tokenizer"), "bos_token": spelling(model.configuration.bosTokenID),
      "eos_token": spelling(model.tokenizer?.endOfText.map(Int.init)), "pad_token": .null,
      "vocab_size": .integer(model.configuration.vocabularySize),
    ]
  }
}
