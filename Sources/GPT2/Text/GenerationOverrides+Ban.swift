extension GenerationOverrides {
  /// Asks that words do not come: each has one spelling at the start of a text and another after a space.
  ///
  /// - Throws: ``SettingsError`` for a model without a tokenizer.
  package mutating func ban(_ words: [String], _ model: PretrainedModel) throws(SettingsError) {
    var spellings: [[Int32]] = []
    for word in words {
      spellings += try [word, " " + word].map { spelling throws(SettingsError) in
        try model.encode(spelling, addsSpecialTokens: false)
      }
    }
    badWords = spellings
  }
}
