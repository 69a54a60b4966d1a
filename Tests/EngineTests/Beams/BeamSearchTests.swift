import Testing

@testable import Engine

/// The rules of a search, by numbers that transformers 5.23's `_beam_search` gave (make_beams.py).
@Suite struct BeamSearchTests {
  private func parameters(
    _ count: Int, _ lengthPenalty: Double = 1, _ stopping: BeamParameters.EarlyStopping = .heuristic
  ) -> BeamParameters {
    var parameters = BeamParameters()
    parameters.count = count
    parameters.lengthPenalty = lengthPenalty
    parameters.earlyStopping = stopping
    return parameters
  }

  private func next(_ beam: Int, _ token: Int32, _ score: Double) -> BeamSearch.Continuation {
    BeamSearch.Continuation(beam: beam, token: token, score: score, logProbability: score)
  }

  @Test func theBestGoOnAndEndsAreKept() {
    var search = BeamSearch(parameters(2), endOfText: [9], mostTokens: 5)
    #expect(search.continuationCount == 4 && search.tokenCount == 0)
    #expect(search.advance([next(0, 9, -1), next(0, 3, -1.5), next(0, 4, -2), next(0, 5, -3)]) == [0, 0])
    #expect(search.running.map(\.tokens) == [[3], [4]] && search.running.map(\.score) == [-1.5, -2])
    #expect(search.ended.map(\.beam.tokens) == [[9]] && search.ended.map(\.score) == [-1] && !search.isOver)
    // Both follow the second; an end that is not among the best two does not count.
    #expect(search.advance([next(1, 6, -2.5), next(1, 7, -2.6), next(0, 9, -2.7), next(0, 8, -5)]) == [1, 1])
    #expect(search.running.map(\.tokens) == [[4, 6], [4, 7]] && search.ended.count == 1)
    // The second end has the score -2.8 / 3, and the best beam, -2.9 / 3, is no better than the worst, -1, is it not?
    #expect(search.advance([next(0, 9, -2.8), next(0, 1, -2.9), next(1, 2, -3), next(1, 3, -4)]) == [0, 1])
    #expect(search.ended.map(\.beam.tokens) == [[4, 6, 9], [9]] && !search.isOver)
    #expect(search.advance([next(0, 1, -5), next(1, 2, -5.5), next(0, 2, -6), next(1, 3, -7)]) == [0, 1])
    #expect(search.isOver)  // -5 / 4 is worse than -1
  }

  @Test func theMostTokensEndAllBeams() {
    var search = BeamSearch(parameters(2), endOfText: [], mostTokens: 1)
    #expect(search.advance([next(0, 1, -1), next(0, 2, -2), next(0, 3, -3), next(0, 4, -4)]).isEmpty)
    #expect(search.isOver && search.ended.map(\.beam.tokens) == [[1], [2]])
  }

  /// Of a penalty so far below zero that a score is minus infinity, a beam that has ended is still one.
  @Test func scoresOfMinusInfinityCount() {
    var search = BeamSearch(parameters(1, -2000, .whenFull), endOfText: [9], mostTokens: 9)
    _ = search.advance([next(0, 3, -1), next(0, 4, -2)])
    _ = search.advance([next(0, 9, -1), next(0, 4, -2)])
    #expect(search.isOver && search.ended.map(\.score) == [-.infinity])
    var certain = BeamSearch(parameters(1, -2000, .whenFull), endOfText: [9], mostTokens: 9)
    _ = certain.advance([next(0, 3, 0), next(0, 4, -2)])
    _ = certain.advance([next(0, 9, 0), next(0, 4, -2)])
    #expect(certain.isOver && certain.ended.map(\.score) == [0])
  }

  @Test func atOnceWhereThatIsWanted() {
    for (stopping, isOver) in [(BeamParameters.EarlyStopping.whenFull, true), (.heuristic, false), (.never, false)] {
      var search = BeamSearch(parameters(1, 1, stopping), endOfText: [9], mostTokens: 9)
      _ = search.advance([next(0, 9, -2), next(0, 3, -1)])
      #expect(search.isOver == isOver)
    }
  }

  @Test func whatMayBecomeBetterHangsOnThePenalty() {
    // -3 over at most 9 tokens may beat -2 of one; over its own length of one it may not.
    for (stopping, penalty, isOver) in [
      (BeamParameters.EarlyStopping.heuristic, 1.0, true), (.never, 1, false), (.never, 0, true), (.never, -1, true),
    ] {
      var search = BeamSearch(parameters(1, penalty, stopping), endOfText: [9], mostTokens: 9)
      _ = search.advance([next(0, 9, -2), next(0, 3, -3)])
      #expect(search.isOver == isOver, "\(stopping), \(penalty)")
    }
  }

  @Test func drawnContinuationsCountInTheirOrderAndRunByTheirScores() {
    var search = BeamSearch(parameters(2), endOfText: [9], mostTokens: 9)
    let parents = search.advance([next(0, 1, -4), next(0, 2, -1), next(0, 9, -0.5), next(0, 3, -2)])
    #expect(parents == [0, 0] && search.running.map(\.tokens) == [[2], [3]] && search.ended.isEmpty)
  }

  @Test func whatIsRuledOutGoesOnNowhere() {
    var search = BeamSearch(parameters(2), endOfText: [9], mostTokens: 9)
    #expect(search.advance([next(0, 1, -1), next(0, 2, -.infinity), next(0, 9, -.infinity)]) == [0])
    #expect(search.running.count == 1 && search.ended.isEmpty && !search.isOver)
    #expect(search.advance([]).isEmpty && search.isOver)
  }
}
