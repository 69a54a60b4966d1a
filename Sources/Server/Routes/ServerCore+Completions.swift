internal import Completions
internal import GPT2
internal import HummingbirdCore
internal import System

extension ServerCore {
  /// `/v1/completions`, as OpenAI has it.
  func completions(_ exchange: Exchange) async throws -> Response {
    let model = try lifecycle.model()
    let request = try CompletionRequest(parsing: await json(exchange), limits: options.completionLimits, strict: true)
    try model.description.check(request.model)
    let requests = try request.requests(model.pretrained, defaults: model.defaults)
    let head = CompletionHead(
      id: "cmpl-\(exchange.id)", created: Int(ProcessUsage.secondsSince1970), model: request.model ?? model.name,
      fingerprint: model.fingerprint)
    let response = CompletionResponse(head, request, prompts: requests, tokenizer: model.pretrained.tokenizer)
    let run = try await TextRun(requests, of: model, wantsPieces: request.isStreamed, for: exchange, in: self)
    guard request.isStreamed else { return .json(response.json(for: try await run.prompts())) }
    let stream = EventStream(
      run: run, exchange: exchange, errors: .openAI, last: CompletionStream.done, log: log,
      pingTime: options.limits.pingTime)
    return stream.response {
      var stream = CompletionStream(response)
      return { event in
        switch event?.kind {
        case nil: stream.end()
        case .started: []
        case .scores(let scores): stream.begin(prompt: event?.prompt ?? 0, scores: scores)
        case .piece(let piece): stream.chunks(for: piece, prompt: event?.prompt ?? 0)
        }
      }
    }
  }
}
