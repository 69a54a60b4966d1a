public import Engine
public import Sampling
package import JSON

/// Everything that decides how texts are written, each value with where it came from.
public struct GenerationSettings: Sendable {
  /// Whose defaults hold.
  public var preset: SettingsPreset
  /// How a token is chosen.
  public var sampling = SamplingParameters()
  /// How far the choice of tokens goes from their log-probabilities after ``negativePrompt`` to those after the prompt: 1 for
  /// the latter.
  public var guidanceScale = 1.0
  /// What texts are guided away from; where empty, the prompt's last token alone, as in transformers.
  public var negativePrompt = ""
  /// Where a text ends at the latest.
  public var maximumLength = LengthLimit.new(20)
  /// Until where the end of text is suppressed.
  public var minimumLength = LengthLimit.new(0)
  /// After how many seconds a text ends with the token that comes next; 0 for never.
  public var maximumTime = 0.0
  /// How the best of several beams are looked for.
  public var beams = BeamParameters()
  /// How many of the likeliest tokens are given beside each, with their log-probabilities; from 0 to 20.
  public var topLogProbabilities = 0
  /// Whether the log-probabilities of the prompt's tokens are given.
  ///
  /// Then no token at all need follow.
  public var echo = false
  /// How many texts are written for a prompt; of a beam search, the best.
  public var samples = 1
  /// The key of the random numbers.
  public var seed: UInt64 = 0
  /// Strings that end a text.
  public var stop: [String] = []
  /// Tokens that end a text besides ``endOfText``, also where that is ignored; no text comes of them.
  public var stopTokens: [Int32] = []
  /// Whether the stop string or the stop token that ends a text is part of it.
  public var includesStop = false
  /// Goes before the prompt, is not shown, and does not count in lengths.
  public var prefix = ""
  /// The tokens that end a text.
  public var endOfText: [Int32] = []
  /// Whether to go on writing after an end of text.
  public var ignoresEndOfText = false
  /// Whether the prompt is part of the text given back.
  public var returnsFullText = true
  /// Where each value came from.
  public internal(set) var sources: [Setting: SettingSource] = [:]
  /// Requests of the model's files that are not supported, as sentences.
  public internal(set) var notices: [String] = []
}

extension GenerationSettings {
  /// How many tokens may and must follow a prompt.
  ///
  /// - Parameters:
  ///   - promptTokens: The prompt's tokens, without the prefix.
  ///   - prefixTokens: The prefix's tokens.
  ///   - contextLength: The model's context, which the whole sequence has to fit into.
  /// - Returns: The range of the number of new tokens; its lower bound is until where the end of text is suppressed.
  /// - Throws: ``SettingsError`` where not even one token may follow.
  public func newTokens(
    promptTokens: Int, prefixTokens: Int = 0, contextLength: Int
  ) throws(SettingsError) -> ClosedRange<Int> {
    let room = contextLength - promptTokens - prefixTokens
    let isNone = maximumLength == .new(0)
    guard room > 0 || (room == 0 && isNone) else {
      throw .promptTooLong(tokens: promptTokens + prefixTokens, limit: contextLength)
    }
    let maximum = maximumLength.newTokens(after: promptTokens)
    guard maximum > 0 || isNone else {
      throw .lengthBelowPrompt(
        limit: maximum + promptTokens, source: sources[.maxLength] ?? .transformersDefault, promptTokens: promptTokens)
    }
    let limit = min(room, maximum)
    let minimum = max(0, minimumLength.newTokens(after: promptTokens))
    // A file's minimum gives way to a maximum that was asked for; one that was asked for does not.
    if minimum > limit, sources[minimumSetting]?.isAsked == true {
      throw .minimumAboveLimit(minimumSetting, minimum: minimum, limit: limit, isContext: maximum >= room)
    }
    return min(limit, minimum)...limit
  }

  /// How many new tokens were asked for, where that is more than so many, for which a prompt leaves room; else nil.
  package func askedTokens(above room: Int) -> Int? {
    guard case .new(let asked) = maximumLength, sources[.maxNewTokens]?.isAsked == true else { return nil }
    return asked > room ? asked : nil
  }

  private var minimumSetting: Setting {
    switch minimumLength {
    case .total: .minLength
    case .new: .minNewTokens
    }
  }
}

extension GenerationSettings {
  /// Leaves out the prefix of a model's files, where nothing makes tokens of it, and says so.
  ///
  /// So token ids can be continued as transformers' `generate` does, which puts no prefix before them. One that was asked
  /// for is refused with the request.
  mutating func leaveOutPrefixOfFiles(model: String) {
    guard let source = sources[.prefix], source.isFile, !prefix.isEmpty else { return }
    notices.append(
      "\(source.subject(.prefix, .properties)) is text, and \(model) has no tokenizer that can be used: it is left out, so "
        + "put its token ids before a prompt's where it is wanted.")
    (prefix, sources[.prefix]) = ("", .programDefault)
  }
}

extension GenerationSettings {
  /// The tokens at which a text ends, in any case: those of the model, and those asked for.
  var endingTokens: [Int32] {
    let ends = ignoresEndOfText && !stopTokens.isEmpty ? [] : endOfText
    return ends + stopTokens.filter { !ends.contains($0) }
  }

  /// Refuses token ids that were asked for and that the model does not have. What a file says of other tokens changes
  /// nothing.
  func checkTokens(vocabularySize: Int) throws(SettingsError) {
    for row in Setting.rowsOfTokens where sources[row.setting]?.isAsked == true {
      guard let id = row.tokens(in: self).first(where: { $0 >= vocabularySize }) else { continue }
      throw .outOfRange(
        row.setting, source: .asked(row.setting),
        problem: "must be token ids of this model, from 0 to \(vocabularySize - 1), found \(id)")
    }
  }
}

extension GenerationSettings {
  /// The settings as `--show-config` prints them: name, value, and where it came from.
  package var table: [(setting: Setting, value: JSON, source: SettingSource)] {
    Setting.table.compactMap { row in
      sources[row.setting].map { (row.setting, row.json(in: self), $0) }
    }
  }
}
