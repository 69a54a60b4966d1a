extension PretrainedModel {
  /// The tokens of bad words: a word has one spelling at the start of a text and another after a space.
  ///
  /// - Throws: ``SettingsError`` for a model without a tokenizer.
  package func spellings(ofBadWords words: [String]) throws(SettingsError) -> [[Int32]] {
    var spellings: [[Int32]] = []
    for word in words { spellings += [try encode(word), try encode(" " + word)] }
    return spellings
  }
}
