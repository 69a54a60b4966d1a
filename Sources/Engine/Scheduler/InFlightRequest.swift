internal import Sampling

/// A request that an engine has taken over and not finished.
final class InFlightRequest {
  /// Its number in the order of the source.
  let index: Int
  let request: GenerationRequest
  /// The tokens that end its texts.
  let endOfText: [Int32]
  /// Whether the host must choose its tokens.
  let needsHost: Bool
  /// Whether steps may check proposals for it.
  let speculates: Bool
  /// Whether the host must know its tokens before its next rows are planned.
  var needsTokens: Bool { needsHost || speculates }

  /// When its texts end with the next token.
  private let deadline: ContinuousClock.Instant?
  /// Whether its time is up.
  var isOverdue: Bool { deadline.map { .now >= $0 } ?? false }

  /// Whether it has ended, whatever steps still compute of it.
  var hasEnded = false
  /// How likely the tokens of its prompt are, as far as that is known and wanted.
  var promptScores: [ScoredToken] = []
  /// The beams, where they are searched and the prompt is computed.
  var beams: BeamGroup?

  /// Whether somebody has cancelled it.
  var isCancelled: Bool { request.cancellation?.isCancelled == true }

  /// - Parameters:
  ///   - deviceEndOfText: The tokens that the device takes for the end of a text.
  ///   - speculates: Whether steps may check proposals.
  init(index: Int, _ request: GenerationRequest, deviceEndOfText: [Int32], speculates: Bool) {
    self.index = index
    self.request = request
    deadline = request.timeLimit.map { .now + $0 }
    self.speculates = speculates && request.beams.count == 1 && request.guidance == nil
    endOfText = request.endOfText ?? deviceEndOfText
    // The device keeps one set of seen tokens a sequence, and each proposal would need its own.
    let needsManySets = self.speculates && request.sampling.repetitionPenalty != 1
    needsHost =
      request.sampling.needsHost || endOfText != deviceEndOfText || request.beams.count > 1 || needsManySets
      || request.guidance != nil
  }
}
