internal import Sampling
internal import System

/// A search for the best continuations of one prompt: which beams run, which have ended, and whether it goes on.
///
/// The rules are those of `_beam_search` in transformers 5. It knows neither logits nor slots.
struct BeamSearch {
  /// A continuation.
  struct Beam {
    var tokens: [Int32] = []
    /// The sum of the processed log-probabilities of its tokens.
    var score = 0.0
    /// The log-probability of each token under the model.
    var logProbabilities: [Double] = []
    /// The likeliest tokens in the place of each, where they are wanted.
    var top: [[TokenLogProbability]] = []
  }

  /// A beam that has ended, with its score by length.
  struct Ended {
    let beam: Beam
    let score: Double
  }

  /// A token that may follow a running beam.
  struct Continuation {
    let beam: Int
    let token: Int32
    /// The beam's score with it.
    let score: Double
    /// Its log-probability under the model.
    let logProbability: Double
    var top: [TokenLogProbability] = []
  }

  private let parameters: BeamParameters
  /// The tokens that end a beam.
  private let endOfText: [Int32]
  /// The most tokens of a beam.
  private let mostTokens: Int

  /// The beams that go on, the best first.
  private(set) var running = [Beam()]
  /// The best that have ended, the best first; at most as many as there are beams.
  private(set) var ended: [Ended] = []
  /// Whether beams that run may still become better than those that have ended.
  private var canImprove = true

  init(_ parameters: BeamParameters, endOfText: [Int32], mostTokens: Int) {
    self.parameters = parameters
    self.endOfText = endOfText
    self.mostTokens = mostTokens
  }

  /// How many of the best continuations count: enough that as many as there are beams go on, whichever end.
  var continuationCount: Int { max(2, 1 + endOfText.count) * parameters.count }

  /// Tokens of the beams that run.
  var tokenCount: Int { running.first?.tokens.count ?? mostTokens }

  /// Whether the search has ended.
  var isOver: Bool { running.isEmpty || !canImprove || (parameters.earlyStopping == .whenFull && isFull) }

  private var isFull: Bool { ended.count == parameters.count }

  /// Takes the best continuations, the best first, or those that were drawn, in the order in which they were.
  ///
  /// - Parameter isLast: Whether all beams end by these, whatever their length.
  /// - Returns: Of each beam that runs now, the one that it follows.
  mutating func advance(_ continuations: [Continuation], isLast: Bool = false) -> [Int] {
    let length = tokenCount + 1
    let allEnd = isLast || length >= mostTokens
    let ends = { [endOfText] (token: Int32) in allEnd || endOfText.contains(token) }
    let isClosed = !canImprove || (parameters.earlyStopping == .whenFull && isFull)
    // The others are there so that enough beams go on.
    for continuation in continuations.prefix(parameters.count) where !isClosed && ends(continuation.token) {
      end(extended(continuation), length: length)
    }
    var next: [Continuation] = []
    for continuation in continuations where !ends(continuation.token) && continuation.score > -.infinity {
      // Those that were drawn come in another order; of equals the first stays before.
      next.insert(continuation, at: next.lastIndex { $0.score >= continuation.score }.map { $0 + 1 } ?? 0)
    }
    next = Array(next.prefix(parameters.count))
    running = next.map(extended)
    look(length: length)
    return next.map(\.beam)
  }

  private func extended(_ continuation: Continuation) -> Beam {
    var beam = running[continuation.beam]
    beam.tokens.append(continuation.token)
    beam.logProbabilities.append(continuation.logProbability)
    beam.top.append(continuation.top)
    beam.score = continuation.score
    return beam
  }

  /// Puts a beam among those that have ended, if it is good enough.
  private mutating func end(_ beam: Beam, length: Int) {
    guard beam.score.isFinite else { return }
    // Of a far negative penalty it is minus infinity, which is as good as any; but of 0 it is 0.
    let score = beam.score == 0 ? 0 : beam.score / pow(Double(length), parameters.lengthPenalty)
    ended.insert(Ended(beam: beam, score: score), at: ended.lastIndex { $0.score >= score }.map { $0 + 1 } ?? 0)
    if ended.count > parameters.count { ended.removeLast() }
  }

  /// Looks whether the best beam that runs may still become better than the worst that has ended.
  private mutating func look(length: Int) {
    guard let best = running.first, let worst = ended.last, isFull else { return }
    let mayGrow = parameters.earlyStopping == .never && parameters.lengthPenalty > 0
    let reached = best.score / pow(Double(mayGrow ? mostTokens : length), parameters.lengthPenalty)
    if reached <= worst.score { canImprove = false }
  }
}
