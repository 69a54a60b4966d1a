package import JSON

/// What a completion's answer and all events of its stream say alike.
package struct CompletionHead: Sendable {
  package var id: String
  /// Seconds since 1970.
  package var created: Int
  /// The name by which the model was asked for.
  package var model: String
  /// What computed the texts; equal ones give equal texts to equal requests.
  package var fingerprint: String?

  package init(id: String, created: Int, model: String, fingerprint: String? = nil) {
    self.id = id
    self.created = created
    self.model = model
    self.fingerprint = fingerprint
  }

  /// An answer, or an event.
  package func body(choices: [JSON], _ more: [JSON.Member] = []) -> JSON {
    var members = [
      JSON.Member("id", .string(id)), JSON.Member("object", .string("text_completion")),
      JSON.Member("created", .integer(created)), JSON.Member("model", .string(model)),
      JSON.Member("choices", .array(choices)),
    ]
    if let fingerprint { members.append(JSON.Member("system_fingerprint", .string(fingerprint))) }
    return .object(members + more)
  }
}

/// The tokens that a completion is counted by: each prompt once, and all that were written.
package struct CompletionUsage: Sendable, Equatable {
  package var promptTokens = 0
  package var newTokens = 0

  package init(promptTokens: Int = 0, newTokens: Int = 0) {
    self.promptTokens = promptTokens
    self.newTokens = newTokens
  }

  package var json: JSON {
    [
      "prompt_tokens": .integer(promptTokens), "completion_tokens": .integer(newTokens),
      "total_tokens": .integer(promptTokens + newTokens),
    ]
  }
}
