internal import Sampling

extension InFlightRequest {
  /// Whether the end of the text may not come yet.
  private var suppressesEndOfText: Bool { (beams?.search.tokenCount ?? 0) < request.newTokens.lowerBound }

  /// How many of the likeliest tokens of a beam are needed to find the best continuations of all.
  var beamTop: Int {
    guard let search = beams?.search else { return 0 }
    return max(search.continuationCount + (suppressesEndOfText ? endOfText.count : 0), request.topLogProbabilities)
  }

  /// Whether the host must look at all logits of the beams, since the likeliest tokens of the model are not enough.
  var readsLogits: Bool {
    // Of the likeliest alone, the ways of drawing change nothing.
    var plain = SamplingParameters()
    plain.temperature = request.sampling.temperature
    plain.topK = request.sampling.topK
    plain.topP = request.sampling.topP
    plain.minP = request.sampling.minP
    plain.typicalP = request.sampling.typicalP
    plain.topH = request.sampling.topH
    plain.epsilonCutoff = request.sampling.epsilonCutoff
    plain.etaCutoff = request.sampling.etaCutoff
    return request.sampling != plain || beamTop > TokenScore.mostTop
  }

  /// The best continuations of all beams, by the likeliest tokens of each.
  func continuations(_ scores: [TokenScore]) throws(SamplingError) -> [BeamSearch.Continuation] {
    guard let search = beams?.search else { return [] }
    if scores.contains(where: { $0.mass == 0 }) { throw .notFinite }
    let banned = suppressesEndOfText ? endOfText : []
    var all: [BeamSearch.Continuation] = []
    for (beam, score) in scores.enumerated() {
      let top = score.topLogProbabilities(request.topLogProbabilities)
      for next in score.topLogProbabilities(beamTop) where !banned.contains(next.token) {
        all.append(
          BeamSearch.Continuation(
            beam: beam, token: next.token, score: search.running[beam].score + next.logProbability,
            logProbability: next.logProbability, top: top))
      }
    }
    return try best(search.continuationCount, of: all)
  }

  /// The best continuations of all beams, or some that are drawn, by their logits.
  ///
  /// - Parameter logits: (beams, V)
  func continuations(
    _ logits: ArraySlice<Float>, vocabularySize: Int, _ sampler: inout HostSampler
  ) throws(SamplingError) -> [BeamSearch.Continuation] {
    guard let search = beams?.search else { return [] }
    let sampling = request.sampling
    let row = SamplingRow(sampling, draw: 0, suppressesEndOfText: suppressesEndOfText)
    var all: [BeamSearch.Continuation] = []
    for (beam, running) in search.running.enumerated() {
      let start = logits.startIndex + beam * vocabularySize
      let history = request.prompt + running.tokens
      var seen = TokenSet(vocabularySize: vocabularySize)
      if row.flags.contains(.penalize) { seen.formUnion(history) }
      let step = SamplingStep(
        tokens: history, promptCount: request.prompt.count,
        isLast: running.tokens.count + 1 == request.newTokens.upperBound)
      let found = try logits[start..<start + vocabularySize].withUnsafeBufferPointer { logits throws(SamplingError) in
        try sampler.beamCandidates(
          logits, row: row, seen: seen, endOfText: endOfText, parameters: sampling, at: step,
          count: search.continuationCount,
          fewest: request.ignoresEndOfText ? 1 : endOfText.count + 1, top: request.topLogProbabilities)
      }
      for next in found.tokens {
        all.append(
          BeamSearch.Continuation(
            beam: beam, token: next.token, score: running.score + next.score, logProbability: next.logProbability,
            top: found.top))
      }
    }
    return try sampling.doSample ? drawn(search.continuationCount, of: all) : best(search.continuationCount, of: all)
  }

  /// The best, the best first; of equals those of the first beam, and of that the lower ids.
  private func best(
    _ count: Int, of all: [BeamSearch.Continuation]
  ) throws(SamplingError) -> [BeamSearch.Continuation] {
    if all.isEmpty { throw .nothingLeft }
    return Array(
      all.sorted { ($0.score, $1.beam, $1.token) > ($1.score, $0.beam, $0.token) }.prefix(count))
  }

  /// Some that are drawn by their probabilities, without replacement, in the order in which they are.
  private func drawn(
    _ count: Int, of all: [BeamSearch.Continuation]
  ) throws(SamplingError) -> [BeamSearch.Continuation] {
    let random = Philox4x32(seed: request.seed)
    let position = UInt32(truncatingIfNeeded: request.prompt.count + (beams?.search.tokenCount ?? 0))
    let drawn = HostSampler.drawn(count, byLogProbabilities: all.map(\.score)) { number in
      random.draw(item: request.item, sample: UInt32(truncatingIfNeeded: number), position: position)
    }
    if drawn.isEmpty { throw .nothingLeft }
    return drawn.map { all[$0] }
  }
}
