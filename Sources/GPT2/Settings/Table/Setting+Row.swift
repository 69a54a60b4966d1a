internal import Engine
internal import Sampling

extension Setting {
  /// The setting's row: how it is called, read, checked and stored.
  package var row: any SettingRow {
    switch self {
    case .doSample:
      ValueRow(
        SettingColumns(self, flag: "--greedy", help: "Always take the likeliest token."),
        .boolean, \.doSample, \.sampling.doSample, or: false)
    case .temperature:
      ValueRow(
        SettingColumns(
          self, completionsField: "temperature", impliesDrawing: true, argument: "number",
          help: "Above 1 flattens the distribution, below 1 sharpens, 0 is --greedy (default: the model's, else 0.7)."),
        .number, \.temperature, \.sampling.temperature, or: 1, .positive)
    case .topH:
      ValueRow(
        SettingColumns(
          self, impliesDrawing: true, argument: "share",
          help: "Draw from the likeliest tokens, at most 100, that hold this share of the entropy; 0 from all."),
        .number, \.topH, \.sampling.topH, or: 0, .shareOrOff)
    case .topK:
      ValueRow(
        SettingColumns(
          self, impliesDrawing: true, argument: "count",
          help: "Draw from this many of the likeliest tokens; 0 from all (default: the model's, else 50)."),
        .countOfTokens, \.topK, \.sampling.topK, or: 50, .countOrOff)
    case .topP:
      ValueRow(
        SettingColumns(
          self, completionsField: "top_p", impliesDrawing: true, argument: "share",
          help: "Draw from the likeliest tokens that hold this much of the probability (default: the model's, else 1)."),
        .nucleus, \.topP, \.sampling.topP, or: 1, .shareAboveZero)
    case .minP:
      ValueRow(
        SettingColumns(
          self, impliesDrawing: true, argument: "share",
          help: "Leave out tokens less likely than this share of the likeliest."),
        .number, \.minP, \.sampling.minP, or: 0, .share)
    case .typicalP:
      ValueRow(
        SettingColumns(
          self, impliesDrawing: true, argument: "share",
          help: "Draw from the tokens of the most typical surprise, up to this probability."),
        .share, \.typicalP, \.sampling.typicalP, or: 1, .shareAboveZero)
    case .epsilonCutoff:
      ValueRow(
        SettingColumns(
          self, impliesDrawing: true, argument: "share",
          help: "Leave out tokens less likely than this; 0 none."),
        .cutoff, \.epsilonCutoff, \.sampling.epsilonCutoff, or: 0, .shareBelowOneOrOff)
    case .etaCutoff:
      ValueRow(
        SettingColumns(
          self, impliesDrawing: true, argument: "share",
          help: "Leave out tokens less likely than this and than the entropy asks for; 0 none."),
        .cutoff, \.etaCutoff, \.sampling.etaCutoff, or: 0, .shareBelowOneOrOff)
    case .repetitionPenalty:
      ValueRow(
        SettingColumns(
          self, argument: "number", help: "Above 1 makes tokens that were there before less likely."),
        .number, \.repetitionPenalty, \.sampling.repetitionPenalty, or: 1, .positive)
    case .encoderRepetitionPenalty:
      ValueRow(
        SettingColumns(
          self, argument: "number", help: "Above 1 makes the prompt's tokens likelier, below 1 less likely."),
        .number, \.encoderRepetitionPenalty, \.sampling.encoderRepetitionPenalty, or: 1, .positive)
    case .presencePenalty:
      ValueRow(
        SettingColumns(
          self, completionsField: "presence_penalty", places: .commandLine, argument: "number",
          help: "Above 0 makes tokens that the text has less likely; the prompt does not count."),
        .number, \.presencePenalty, \.sampling.presencePenalty, or: 0, .penalty)
    case .frequencyPenalty:
      ValueRow(
        SettingColumns(
          self, completionsField: "frequency_penalty", places: .commandLine, argument: "number",
          help: "The same for each time that the text has them."),
        .number, \.frequencyPenalty, \.sampling.frequencyPenalty, or: 0, .penalty)
    case .logitBias:
      ValueRow(
        SettingColumns(
          self, completionsField: "logit_bias", places: .commandLine, argument: "id=number",
          help: "Added to the logit of a token, from -100 to 100; repeatable."),
        .tokenBiases, \.logitBias, \.sampling.logitBias, or: [:], .tokenBiases)
    case .sequenceBias:
      ValueRow(
        SettingColumns(
          self, argument: "1,2=number",
          help: "Added to the logit of the last of these tokens, behind the others; repeatable."),
        .sequenceBiases, \.sequenceBias, \.sampling.sequenceBias, or: [], .sequenceBiases)
    case .exponentialDecay:
      ValueRow(
        SettingColumns(
          self, argument: "start,factor",
          help: "Make the end likelier by the factor for each new token after the first ones."),
        .exponentialDecay, \.exponentialDecay, \.sampling.exponentialDecay, or: .off, .exponentialDecay)
    case .noRepeatNgramSize:
      ValueRow(
        SettingColumns(
          self, argument: "count", help: "No sequence of this many tokens comes twice; 0 allows all."),
        .count, \.noRepeatNgramSize, \.sampling.noRepeatNgramSize, or: 0, .countOrOff)
    case .encoderNoRepeatNgramSize:
      ValueRow(
        SettingColumns(
          self, argument: "count", help: "No sequence of this many tokens of the prompt comes again; 0 allows all."),
        .count, \.encoderNoRepeatNgramSize, \.sampling.encoderNoRepeatNgramSize, or: 0, .countOrOff)
    case .badWords:
      ValueRow(
        SettingColumns(
          self, flag: "--bad-word", argument: "word",
          help: "A word that must not come, at the start of a text or after a space; repeatable."),
        .tokenLists, \.badWords, \.sampling.badWords, or: [], .tokenLists)
    case .suppressTokens:
      ValueRow(
        SettingColumns(
          self, argument: "1,2,3",
          help: "Token ids that never come."),
        .tokens, \.suppressTokens, \.sampling.suppressTokens, or: [], .tokens)
    case .beginSuppressTokens:
      ValueRow(
        SettingColumns(
          self, argument: "1,2,3",
          help: "Token ids that do not begin the text."),
        .tokens, \.beginSuppressTokens, \.sampling.beginSuppressTokens, or: [], .tokens)
    case .allowedTokens:
      ValueRow(
        SettingColumns(
          self, completionsField: "allowed_token_ids", places: .commandLine, argument: "1,2,3",
          help: "No tokens but these come."),
        .tokens, \.allowedTokens, \.sampling.allowedTokens, or: [], .tokens)
    case .forcedBOSToken:
      ValueRow(
        SettingColumns(
          self, argument: "id",
          help: "The token that follows a prompt of one token."),
        .tokens, \.forcedBOSToken, \.sampling.forcedBOSToken, or: [], .oneToken)
    case .forcedEOSTokens:
      ValueRow(
        SettingColumns(
          self, argument: "1,2,3",
          help: "One of these tokens ends a text that gets as long as it may be."),
        .tokens, \.forcedEOSTokens, \.sampling.forcedEOSTokens, or: [], .tokens)
    case .renormalizesLogits:
      ValueRow(fileOnly: self, .boolean, \.sampling.renormalizesLogits, or: false, in: .files)
    case .guidanceScale:
      ValueRow(
        SettingColumns(
          self, argument: "number",
          help: "Above 1, keep closer to the prompt and away from --negative-prompt; takes twice the time."),
        .number, \.guidanceScale, \.guidanceScale, or: 1, .finite)
    case .negativePrompt:
      ValueRow(
        SettingColumns(
          self, places: .commandLine, argument: "text",
          help: "What --guidance-scale leads away from (default: the prompt's last token alone)."),
        .string, \.negativePrompt, \.negativePrompt, or: "")
    case .maxLength: LengthRow(.maximum, isTotal: true)
    case .maxNewTokens: LengthRow(.maximum, isTotal: false)
    case .minLength: LengthRow(.minimum, isTotal: true)
    case .minNewTokens: LengthRow(.minimum, isTotal: false)
    case .maximumTime:
      ValueRow(
        SettingColumns(
          self, argument: "seconds",
          help: "End a text that takes longer with the token that comes next; 0 never does."),
        .seconds, \.maximumTime, \.maximumTime, or: 0, .secondsOrOff)
    case .beams:
      ValueRow(
        SettingColumns(
          self, argument: "count",
          help: "Look for the best of this many beams, or draw them (default: the model's, else 1: no search)."),
        .integer, \.beams, \.beams.count, or: 1, .integers(1...64))
    case .lengthPenalty:
      ValueRow(
        SettingColumns(
          self, argument: "number",
          help: "The power of its length by which a beam's score is divided: above 0, longer texts are better."),
        .number, \.lengthPenalty, \.beams.lengthPenalty, or: 1, .finite)
    case .earlyStopping:
      ValueRow(
        SettingColumns(
          self, argument: "when",
          help:
            "When to stop once enough beams have ended: true at once, false when none that goes on seems better, never "
            + "when none can become so."),
        .earlyStopping, \.earlyStopping, \.beams.earlyStopping, or: .heuristic)
    case .samples:
      ValueRow(
        SettingColumns(
          self, flag: "-n", completionsField: "n", argument: "count",
          help: "How many texts; the prompt is computed once (default: the model's, else 1)."),
        .countFromOne, \.samples, \.samples, or: 1, .integers(1...1_000_000))
    case .seed:
      // Ten digits at most: easy to type again, and whole in every JSON reader.
      ValueRow(
        SettingColumns(
          self, completionsField: "seed", places: .commandLine, argument: "number",
          help: "The key of the random numbers: the same seed, the same text (default: one at random)."),
        .seed, \.seed, \.seed, or: UInt64(UInt32.random(in: .min ... .max)))
    case .stop:
      ValueRow(
        SettingColumns(
          self, flag: "--stop", completionsField: "stop", argument: "string",
          help: "A string that ends a text, and is not part of it; repeatable."),
        .strings, \.stop, \.stop, or: [])
    case .stopTokens:
      ValueRow(
        SettingColumns(
          self, completionsField: "stop_token_ids", places: .commandLine, argument: "1,2,3",
          help: "Token ids that end a text, and are not part of it."),
        .tokens, \.stopTokens, \.stopTokens, or: [], .tokens)
    case .includesStop:
      ValueRow(
        SettingColumns(
          self, completionsField: "include_stop_str_in_output", places: .commandLine,
          help: "Keep the stop string or token that ends a text as part of it."),
        .boolean, \.includesStop, \.includesStop, or: false)
    case .prefix:
      ValueRow(
        SettingColumns(
          self, places: .filesAndConfiguration, argument: "text",
          help: "Text put before the prompt for the model, and not shown."),
        .string, \.prefix, \.prefix, or: "")
    case .endOfText:
      ValueRow(fileOnly: self, .tokens, \.endOfText, or: [50256], .tokensOfFiles)
    case .ignoresEndOfText:
      ValueRow(
        SettingColumns(self, places: .commandLine, help: "Write on after an end of text."),
        .boolean, \.ignoresEndOfText, \.ignoresEndOfText, or: false)
    case .returnsFullText:
      ValueRow(
        SettingColumns(
          self, completionsField: "echo", places: .commandLine,
          help: "Print the prompt as part of the text (default: yes)."),
        .boolean, \.returnsFullText, \.returnsFullText, or: true)
    case .topLogProbabilities:
      ValueRow(
        SettingColumns(
          self, places: .commandLine, argument: "count",
          help: "Add the log-probabilities of this many of the likeliest tokens, up to 20, to each token's own."),
        .integer, \.topLogProbabilities, \.topLogProbabilities, or: 0, .integers(0...20))
    case .echo:
      ValueRow(
        SettingColumns(
          self, flag: "--echo", places: .commandLine,
          help: "Add the log-probabilities of the prompt's tokens; no token at all need then be written."),
        .boolean, \.echo, \.echo, or: false)
    }
  }
}
