internal import JSON

extension ModelFiles {
  /// Whether this is an adapter, whole or not.
  func isAdapter() throws(CheckpointError) -> Bool {
    guard try file(named: WeightNames.adapterConfiguration) != nil else { return false }
    for name in WeightNames.adapters where try file(named: name) != nil { return true }
    return try file(named: "config.json") == nil
  }

  /// Whether all is here that a model needs, by the names of its files: a configuration, a tokenizer and weights; of an
  /// adapter, its configuration and weights.
  package var isComplete: Bool {
    if (try? isAdapter()) == true {
      return has(WeightNames.adapterConfiguration) && WeightNames.adapters.contains(where: has)
    }
    return isWholeModel && hasTokenizer
  }

  /// Whether all but a tokenizer is here: some models have none on the Hub.
  package var isUsable: Bool { isComplete || isWholeModel }

  /// Whether a configuration and weights are here that are no adapter's.
  var isWholeModel: Bool { has("config.json") && hasWeights }

  private var hasTokenizer: Bool {
    has("tokenizer.json") || has("vocab.json") && has("merges.txt") || has("vocab.txt") || has("spiece.model")
  }

  private var hasWeights: Bool {
    if let named = (try? json(named: "config.json"))?["transformers_weights"]?.string { return hasAll(of: named) }
    return WeightNames.all.contains(where: hasAll)
  }

  /// Whether a file of weights is here, or an index with all that it names.
  private func hasAll(of name: String) -> Bool {
    guard has(name) else { return false }
    guard WeightNames.isIndex(name) else { return true }
    guard let index = try? json(named: name), let shards = try? WeightNames.shards(of: index, named: name) else {
      return false
    }
    return shards.allSatisfy(has)
  }

  private func has(_ name: String) -> Bool { ((try? file(named: name)) ?? nil) != nil }
}
