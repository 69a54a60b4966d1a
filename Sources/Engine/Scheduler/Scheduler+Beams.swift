internal import Sampling

extension Scheduler.Plan {
  /// A row of logits of which a beam's continuations are to be found.
  struct BeamRow {
    let request: InFlightRequest
    let beam: Int
    let logitsRow: Int
  }
}

extension Scheduler {
  /// Makes a group's slots the beams of a search, of which the first alone is one yet.
  mutating func startBeams(_ group: Group) {
    let (inFlight, request) = (group.request, group.request.request)
    let search = BeamSearch(
      request.beams, endOfText: request.ignoresEndOfText ? [] : inFlight.endOfText,
      mostTokens: request.newTokens.upperBound)
    inFlight.beams = BeamGroup(search: search, slots: group.slots, pages: BeamPages(group.pages))
  }

  /// The search for what follows a beam.
  mutating func planBeam(_ sequence: Sequence, logitsRow: Int, _ plan: inout Plan) {
    let request = sequence.request
    guard let group = request.beams, sequence.sample < group.search.running.count else { return }
    plan.beams.append(Plan.BeamRow(request: request, beam: sequence.sample, logitsRow: logitsRow))
    guard sequence.sample == 0 else { return }
    plan.admissions += group.moved.map { beam in
      Plan.Admission(slot: group.slots[beam], pages: group.pages.tables[beam], penalized: nil)
    }
    plan.copies += group.copies
    request.beams?.moved = []
    request.beams?.copies = []
  }

  /// Makes the best continuations of a request's beams its next beams; returns the texts where the search is over.
  ///
  /// - Throws: ``SamplingError`` where fewer have ended than are wanted.
  mutating func advance(
    _ request: InFlightRequest, _ continuations: [BeamSearch.Continuation]
  ) throws(SamplingError) -> [GeneratedToken] {
    guard var group = request.beams else { return [] }
    let isOverdue = request.isOverdue
    let parents = group.search.advance(continuations, isLast: isOverdue)
    if group.search.isOver {
      let ended = group.search.ended.count
      guard ended >= request.request.samples else { throw ended == 0 ? .nothingLeft : .tooFewBeams }
      end(request)
      return texts(of: request, group.search, wereOverdue: isOverdue)
    }
    let count = group.search.tokenCount
    // The first beams all follow the prompt, of which each slot has a copy.
    if count > 1 {
      let position = request.request.prompt.count + count - 1
      let before = group.pages.tables
      group.copies = group.pages.follow(parents, position: position)
      group.moved = before.indices.filter { group.pages.tables[$0] != before[$0] }
    }
    for (beam, slot) in group.slots.enumerated() {
      let running = group.search.running
      setTokens(beam < running.count ? running[beam].tokens.suffix(1) : [], count: count, slot: slot)
    }
    request.beams = group
    return []
  }

  /// The tokens of the best beams, text after text.
  private func texts(
    of request: InFlightRequest, _ search: BeamSearch, wereOverdue: Bool
  ) -> [GeneratedToken] {
    search.ended.prefix(request.request.samples).enumerated().flatMap { sample, ended in
      let beam = ended.beam
      return beam.tokens.indices.map { index in
        let isLast = index == beam.tokens.count - 1
        let isEnd = !request.request.ignoresEndOfText && request.endOfText.contains(beam.tokens[index])
        let isLong = beam.tokens.count >= request.request.newTokens.upperBound || !wereOverdue
        let finish: FinishReason = isEnd ? .eos : isLong ? .length : .time
        return GeneratedToken(
          request: request.index, sample: sample, token: beam.tokens[index],
          logProbability: request.request.wantsLogProbabilities ? beam.logProbabilities[index] : nil,
          top: beam.top[index], finish: isLast ? finish : nil, beamScore: isLast ? ended.score : nil)
      }
    }
  }
}
