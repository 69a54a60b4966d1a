internal import GPT2

/// What an item asks for, before the model has seen it.
struct BatchItem: Sendable {
  var id: ItemID
  var form: ItemForm
  var prompt: Prompt
  var options: ItemOptions
}

/// How an item is written, and so its result.
enum ItemForm: Sendable {
  /// This program's own lines.
  case native
  /// The lines of OpenAI's batches.
  case openAI
}

/// An item's own options, which come before the job's.
struct ItemOptions: Sendable, Equatable {
  var overrides = GenerationOverrides()
  /// Whether to take the likeliest tokens.
  var isGreedy: Bool?
  var badWords: [String]?
  var preset: SettingsPreset?
  var wantsLogProbabilities: Bool?

  init() {}
}

extension ItemOptions {
  /// The job's overrides, with the item's in their place where it has some.
  ///
  /// - Parameter model: Knows the tokens of bad words.
  func applied(to job: GenerationOverrides, _ model: PretrainedModel) throws(SettingsError) -> GenerationOverrides {
    let item = overrides
    var merged = job
    func take<Value>(_ setting: WritableKeyPath<GenerationOverrides, Value?>) {
      if let value = item[keyPath: setting] { merged[keyPath: setting] = value }
    }
    take(\.samples)
    take(\.temperature)
    take(\.topK)
    take(\.topP)
    take(\.minP)
    take(\.typicalP)
    take(\.repetitionPenalty)
    take(\.noRepeatNgramSize)
    take(\.seed)
    take(\.stop)
    take(\.prefix)
    take(\.ignoresEndOfText)
    take(\.returnsFullText)
    // Of a total and a number of new tokens, the number decides: the job's must not decide over the item's total.
    if item.maxLength != nil { merged.maxNewTokens = nil }
    if item.minLength != nil { merged.minNewTokens = nil }
    take(\.maxLength)
    take(\.maxNewTokens)
    take(\.minLength)
    take(\.minNewTokens)
    if let isGreedy {
      merged.doSample = isGreedy ? false : nil
    } else if item.asksForDrawing {
      merged.doSample = nil
    }
    if let badWords { merged.badWords = try GenerationOverrides.badWords(badWords, model) }
    return merged
  }
}

extension GenerationOverrides {
  /// Whether a way of drawing tokens is asked for.
  fileprivate var asksForDrawing: Bool {
    temperature != nil || topK != nil || topP != nil || minP != nil || typicalP != nil
  }

  /// The tokens of words: each has one spelling at the start of a text and another after a space.
  static func badWords(_ words: [String], _ model: PretrainedModel) throws(SettingsError) -> [[Int32]] {
    var spellings: [[Int32]] = []
    for word in words { spellings += [try model.encode(word), try model.encode(" " + word)] }
    return spellings
  }
}
