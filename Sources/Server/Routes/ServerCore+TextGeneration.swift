internal import Completions
internal import GPT2
internal import HummingbirdCore
internal import JSON

extension ServerCore {
  /// `/generate` and its relatives, as Hugging Face's text-generation-inference has them.
  func textGeneration(_ exchange: Exchange, isStream: Bool) async throws -> Response {
    let model = try lifecycle.model()
    let request = try TextGenerationRequest(
      parsing: await json(exchange), limits: options.completionLimits, isStream: isStream)
    let prompt = try request.request(model.pretrained, defaults: model.defaults)
    let response = TextGenerationResponse(request, prompt: prompt, tokenizer: model.pretrained.tokenizer)
    let run = try await TextRun([prompt], of: model, wantsPieces: request.isStreamed, for: exchange, in: self)
    guard request.isStreamed else {
      return .json(try await run.prompts().first.map { response.json(for: $0) } ?? .null)
    }
    let stream = EventStream(
      run: run, exchange: exchange, errors: .textGeneration, last: nil, log: log, pingTime: options.limits.pingTime)
    return stream.response {
      var stream = TextGenerationStream(response)
      return { event in
        guard case .piece(let piece) = event?.kind else { return [] }
        return stream.chunks(for: piece)
      }
    }
  }
}
