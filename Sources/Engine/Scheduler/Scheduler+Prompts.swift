internal import Sampling

extension Scheduler.Plan {
  /// Rows of a prompt that is to be scored, or that no tokens are to follow.
  struct PromptRows {
    let request: InFlightRequest
    /// The logits of the first.
    let logitsRow: Int
    /// The token after each, of which the prompt's last row has none; empty where no scores are wanted.
    let targets: [Int32]
    /// Whether they are the prompt's last.
    let isLast: Bool
  }
}

extension Scheduler.Group {
  /// Whether its rows are scored: those of the samples that compute the prompt from its beginning.
  var scoresPrompt: Bool { request.request.scoresPrompt && samples.lowerBound == 0 }
}

extension Scheduler {
  /// Notes rows of a prompt of which somebody wants to hear.
  func note(_ group: Group, _ rows: Range<Int>, logitsRow: Int, _ plan: inout Plan) {
    let (request, prompt) = (group.request.request, group.request.request.prompt)
    let isLast = rows.upperBound == prompt.count
    guard group.scoresPrompt || (isLast && request.newTokens.upperBound == 0) else { return }
    let targets = group.scoresPrompt ? prompt[(rows.lowerBound + 1)..<min(rows.upperBound + 1, prompt.count)] : []
    plan.prompts.append(
      Plan.PromptRows(request: group.request, logitsRow: logitsRow, targets: Array(targets), isLast: isLast))
  }

  /// Records how likely the tokens of some rows of a prompt are; the event is there with the last.
  mutating func commit(_ rows: Plan.PromptRows, _ scores: some Collection<TokenScore>) -> GenerationEvent? {
    let request = rows.request
    if request.hasEnded { return nil }
    do throws(SamplingError) {
      for score in scores {
        request.promptScores.append(try score.scored(top: request.request.topLogProbabilities))
      }
    } catch {
      end(request)
      return .failed(request: request.index, error: error)
    }
    guard rows.isLast else { return nil }
    defer { request.promptScores = [] }
    return .prompt(request: request.index, scores: request.promptScores)
  }
}
