internal import Engine
internal import Sampling

extension LoadedModel {
  /// Continues several prompts together, which takes little longer than one.
  ///
  /// On an OpenCL device, every text is the one that its prompt alone would have. So equal prompts have equal texts: ask for
  /// samples to have several of one prompt.
  ///
  /// ```swift
  /// let model = try LoadedModel(.demo)
  /// let prompts = ["My dream is", "I think that"]
  /// let generations = try model.generate(prompts.map { .text($0) }, model.settings())
  /// for generation in generations { print(generation.texts[0].text) }
  /// ```
  ///
  /// - Parameters:
  ///   - prompts: The prompts.
  ///   - settings: How to continue them.
  ///   - wantsLogProbabilities: Whether the tokens' log-probabilities are wanted.
  ///   - overflow: How to treat a prompt that is longer than the context allows.
  ///   - onText: Called with the pieces of each text as they become certain, with the place of its prompt among the prompts.
  ///     An error that it throws ends all texts.
  /// - Returns: The generations, in the order of the prompts.
  /// - Throws: ``SettingsError`` for a prompt that cannot be used, `OpenCLError` where the device fails.
  public func generate(
    _ prompts: [Prompt], _ settings: GenerationSettings, wantsLogProbabilities: Bool = false,
    overflow: PromptOverflow = .error,
    onText: (_ prompt: Int, _ sample: Int, _ piece: String) throws -> Void = { _, _, _ in }
  ) throws -> [Generation] {
    let requests = try prompts.map {
      try pretrained.request(for: $0, settings, wantsLogProbabilities: wantsLogProbabilities, overflow: overflow)
    }
    return try generate(requests, onText: onText)
  }

  /// Continues several prompts together that have been tokenized, each with settings of its own.
  ///
  /// - Parameters:
  ///   - requests: The tokenized prompts, and how to continue them.
  ///   - onText: Called with the pieces of each text as they become certain, with the place of its request.
  /// - Returns: The generations, in the order of the requests.
  /// - Throws: `OpenCLError` where the device fails.
  public func generate(
    _ requests: [TextRequest], onText: (_ request: Int, _ sample: Int, _ piece: String) throws -> Void = { _, _, _ in }
  ) throws -> [Generation] {
    for (index, request) in requests.enumerated() where !request.shown.isEmpty {
      for sample in 0..<request.tokens.samples { try onText(index, sample, request.shown) }
    }
    return try generate(requests, onPiece: { try onText($0, $1.sample, $1.text) })
  }

  /// Continues several prompts together that have been tokenized.
  ///
  /// - Parameter onPiece: Called with what each token adds to its text, without the prompt, and the place of its request.
  package func generate(
    _ requests: [TextRequest], onPiece: (_ request: Int, TextPiece) throws -> Void
  ) throws -> [Generation] {
    guard let first = requests.first else { return [] }
    let start = ContinuousClock.now
    var texts = requests.map { request in
      Array(repeating: Continuation(of: request, tokenizer: pretrained.tokenizer), count: request.tokens.samples)
    }
    var times = Array(
      repeating: (first: ContinuousClock.Instant, last: ContinuousClock.Instant)?.none, count: requests.count)
    var promptScores = Array(repeating: [ScoredToken](), count: requests.count)
    let statistics = try engine.run(
      requests.map(\.tokens), endOfText: first.tokens.endOfText ?? endOfText, onPrompt: { promptScores[$0] = $1 }
    ) { token in
      let now = ContinuousClock.now
      times[token.request] = (times[token.request]?.first ?? now, now)
      let piece = texts[token.request][token.sample].append(token)
      let text = texts[token.request][token.sample]
      let isOver = text.finishReason != nil
      try onPiece(
        token.request,
        TextPiece(sample: token.sample, text: piece, token: token, continuation: isOver ? text : nil))
      return !isOver
    }
    let end = ContinuousClock.now
    return requests.indices.map { index in
      if requests[index].tokens.newTokens.upperBound == 0 {
        for sample in texts[index].indices { texts[index][sample].endWithoutTokens() }
      }
      let (firstToken, lastToken) = times[index] ?? (end, end)
      var generation = Generation(
        promptTokens: requests[index].tokens.prompt, promptScores: promptScores[index], texts: texts[index],
        prefillTime: firstToken - start, decodeTime: lastToken - firstToken)
      generation.guesses = statistics.guesses
      return generation
    }
  }
}
