package import JSON

/// What the server's routes take and answer, as an OpenAPI document. The settings are those of the table.
package struct OpenAPI: Sendable {
  /// The program's version.
  private let version: String
  let limits: CompletionLimits

  package init(version: String, limits: CompletionLimits) {
    self.version = version
    self.limits = limits
  }

  /// The document.
  package var document: JSON {
    [
      "openapi": .string("3.1.0"),
      "info": [
        "title": .string("gpt2-gpu"), "version": .string(version),
        "description": .string("A GPT-2 model: OpenAI's completions, text-generation-inference's routes, tokens."),
      ],
      "security": .array([["key": .array([])], .object([])]),
      "paths": .object(paths.map { path, operations in JSON.Member(path, .object(operations)) }),
      "components": [
        "securitySchemes": ["key": ["type": .string("http"), "scheme": .string("bearer")]],
        "schemas": .object(requestSchemas + responseSchemas),
      ],
    ]
  }

  private var paths: [(String, [JSON.Member])] {
    [
      ("/health", [get("Whether the model is there", "Health", isOpen: true)]),
      ("/v1/health", [get("Whether the model is there", "Health", isOpen: true)]),
      ("/v1/models", [get("The model's names", "ModelList")]),
      ("/v1/models/{id}", [get("One of its names", "Model", parameter: "id")]),
      ("/v1/completions", [post("Continues prompts", "CompletionRequest", "Completion", isStream: true)]),
      ("/", [post("Continues a prompt", "TextGenerationRequest", "TextGeneration", isStream: true)]),
      ("/generate", [post("Continues a prompt", "TextGenerationRequest", "TextGeneration", isStream: true)]),
      ("/generate_stream", [post("Continues a prompt", "TextGenerationRequest", nil, isStream: true)]),
      ("/tokenize", [post("The tokens of a text", "TokenizeRequest", "Tokens")]),
      ("/detokenize", [post("The text of tokens", "DetokenizeRequest", "Text")]),
      ("/tokenizer_info", [get("The tokenizer's special tokens", "TokenizerInfo")]),
      ("/version", [get("What computes", "Version")]),
      ("/metrics", [get("Counters and histograms, as Prometheus reads them", nil)]),
    ]
  }

  private func get(_ summary: String, _ answer: String?, parameter: String? = nil, isOpen: Bool = false) -> JSON.Member
  {
    var members = [JSON.Member("summary", .string(summary))]
    if let parameter {
      let schema: JSON = ["type": .string("string"), "minLength": .integer(1)]
      members.append(
        JSON.Member(
          "parameters",
          .array([
            ["name": .string(parameter), "in": .string("path"), "required": .boolean(true), "schema": schema]
          ])))
    }
    if isOpen { members.append(JSON.Member("security", .array([]))) }
    let content: JSON = answer.map { ["application/json": ["schema": .reference($0)]] } ?? ["text/plain": [:]]
    members.append(JSON.Member("responses", responses(content)))
    return JSON.Member("get", .object(members))
  }

  private func post(_ summary: String, _ body: String, _ answer: String?, isStream: Bool = false) -> JSON.Member {
    var content: [JSON.Member] = []
    if let answer { content.append(JSON.Member("application/json", ["schema": .reference(answer)])) }
    if isStream { content.append(JSON.Member("text/event-stream", [:])) }
    return JSON.Member(
      "post",
      [
        "summary": .string(summary),
        "requestBody": [
          "required": .boolean(true), "content": ["application/json": ["schema": .reference(body)]],
        ],
        "responses": responses(.object(content)),
      ])
  }

  private func responses(_ content: JSON) -> JSON {
    let error: JSON = ["application/json": ["schema": .reference("Error")]]
    return [
      "200": ["description": .string("The answer"), "content": content],
      "4XX": ["description": .string("What is wrong with the request"), "content": error],
      "5XX": ["description": .string("What the server cannot do now"), "content": error],
    ]
  }
}
