package import JSON
package import Sampling

extension JSON {
  /// Tokens with their log-probabilities, the likeliest first.
  package init(_ top: [TokenLogProbability]) {
    self = .array(top.map { ["token": .integer(Int($0.token)), "logprob": .number($0.logProbability)] })
  }

  /// The log-probabilities of a prompt's tokens, null for the first, which nothing precedes.
  ///
  /// - Parameter wantsTop: Whether those of the likeliest tokens were asked for.
  package static func promptMembers(_ scores: [ScoredToken], wantsTop: Bool) -> [JSON.Member] {
    let own = JSON.Member("prompt_logprobs", .array([.null] + scores.map { .number($0.logProbability) }))
    return wantsTop ? [own, JSON.Member("prompt_top_logprobs", .array([.null] + scores.map { JSON($0.top) }))] : [own]
  }
}
