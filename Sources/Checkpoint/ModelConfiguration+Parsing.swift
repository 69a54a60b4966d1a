package import JSON

extension ModelConfiguration {
  /// Sizes are held to these, so that no product of the model's sizes can overflow 64 bits: the largest, in
  /// ``parameterCount``, stays below 2^61.
  static let sizes = 1...1 << 22
  private static let layers = 1...1 << 12

  /// Reads a GPT-2 `config.json`; missing fields have the defaults of `GPT2Config`.
  /// - Parameter file: The file's name, for messages.
  package init(parsing json: JSON, file: String = "config.json") throws(CheckpointError) {
    let fields = Fields(json: json, file: file)
    try fields.requireGPT2()

    self.init()
    vocabularySize = try fields.integer("vocab_size", in: Self.sizes) ?? vocabularySize
    // n_ctx is the name before n_positions, and beside it says nothing.
    if let positions = try fields.integer("n_positions", "max_position_embeddings", in: Self.sizes) {
      contextLength = positions
    } else {
      contextLength = try fields.integer("n_ctx", in: Self.sizes) ?? contextLength
    }
    embeddingSize = try fields.integer("n_embd", "hidden_size", in: Self.sizes) ?? embeddingSize
    layerCount = try fields.integer("n_layer", "num_hidden_layers", in: Self.layers) ?? layerCount
    let heads = try fields.integer("n_head", "num_attention_heads", in: Self.sizes)
    headCount = heads ?? headCount
    innerSize = try fields.integer("n_inner", in: Self.sizes) ?? 4 * embeddingSize
    activation = try fields.activation() ?? activation
    layerNormEpsilon = try fields.number("layer_norm_epsilon", in: 0...1e30) ?? layerNormEpsilon
    scaleAttentionWeights = try fields.boolean("scale_attn_weights") ?? scaleAttentionWeights
    scaleAttentionByInverseLayerIndex =
      try fields.boolean("scale_attn_by_inverse_layer_idx") ?? scaleAttentionByInverseLayerIndex
    reorderAndUpcastAttention = try fields.boolean("reorder_and_upcast_attn") ?? reorderAndUpcastAttention
    tieWordEmbeddings = try fields.boolean("tie_word_embeddings") ?? tieWordEmbeddings
    bosTokenID = try fields.tokenIDs("bos_token_id", default: [50256]).first
    eosTokenIDs = try fields.tokenIDs("eos_token_id", default: [50256])

    // No tensor's shape would show that a default is wrong.
    guard heads != nil || embeddingSize == Self().embeddingSize else {
      throw CheckpointError(
        file, "says n_embd \(embeddingSize) but not n_head: add the number of heads that the model was trained with")
    }
    guard embeddingSize.isMultiple(of: headCount) else {
      throw CheckpointError(file, "n_embd \(embeddingSize) is not a multiple of n_head \(headCount)")
    }
    hasCrossAttention = try fields.boolean("add_cross_attention") ?? hasCrossAttention
  }

  /// Takes the token to start from that generation_config.json names, as transformers does; none by an explicit `null`.
  mutating func startAsGenerationSays(_ json: JSON) {
    guard let value = json["bos_token_id"], let id = value.isNull ? -1 : value.integer else { return }
    bosTokenID = 0...Int(Int32.max) ~= id ? id : nil
  }
}

/// Typed access to the fields of a configuration: absent and `null` give `nil`, a wrong type or range an error.
private struct Fields {
  let json: JSON
  let file: String

  func requireGPT2() throws(CheckpointError) {
    guard json.members != nil else { throw CheckpointError(file, "holds \(json.kind), not an object") }
    if let type = value("model_type") {
      guard let type = type.string else { throw wrong("model_type", type, expected: "a string") }
      try BoundedName.check(byteCount: type.utf8.count, in: file)
      guard type == "gpt2" else { throw CheckpointError(file, "model_type is '\(type)'; only 'gpt2' is supported") }
      return
    }
    let architectures =
      json["architectures"]?.array?.compactMap(\.string)
      .filter { $0.utf8.count <= BoundedName.maximumByteCount } ?? []
    guard architectures.contains("GPT2LMHeadModel") else {
      throw CheckpointError(file, "has neither model_type 'gpt2' nor 'GPT2LMHeadModel' among its architectures")
    }
  }

  /// A size. Transformers' name for it in all models (`GPT2Config.attribute_map`) has precedence over GPT-2's own.
  func integer(
    _ own: String, _ common: String? = nil, in range: ClosedRange<Int>
  ) throws(CheckpointError) -> Int? {
    let field = common.flatMap { value($0) == nil ? nil : $0 } ?? own
    guard let value = value(field) else { return nil }
    guard let integer = value.integer else { throw wrong(field, value, expected: "an integer") }
    try check(field, integer, in: range)
    return integer
  }

  func number(_ field: String, in range: ClosedRange<Double>) throws(CheckpointError) -> Double? {
    guard let value = value(field) else { return nil }
    guard let number = value.number else { throw wrong(field, value, expected: "a number") }
    try check(field, number, in: range)
    return number
  }

  func boolean(_ field: String) throws(CheckpointError) -> Bool? {
    guard let value = value(field) else { return nil }
    guard let boolean = value.boolean else { throw wrong(field, value, expected: "true or false") }
    return boolean
  }

  func activation() throws(CheckpointError) -> Activation? {
    let field = "activation_function"
    guard let value = value(field) else { return nil }
    guard let name = value.string else { throw wrong(field, value, expected: "a string") }
    try BoundedName.check(byteCount: name.utf8.count, in: file)
    guard let activation = Activation(spelling: name) else {
      let known = Activation.spellings.joined(separator: ", ")
      throw CheckpointError(file, "\(field) '\(name)' is not known; known are \(known)")
    }
    return activation
  }

  /// One id, a list of them, or none by an explicit `null`. One below 0 or too large is no token's: nothing ends at it.
  func tokenIDs(_ field: String, default: [Int]) throws(CheckpointError) -> [Int] {
    guard let value = json[field] else { return `default` }
    if value.isNull { return [] }
    var ids: [Int] = []
    for element in value.array ?? [value] {
      guard let id = element.integer else { throw wrong(field, element, expected: "a token id or a list of them") }
      if 0...Int(Int32.max) ~= id { ids.append(id) }
    }
    return ids
  }

  private func value(_ field: String) -> JSON? {
    guard let value = json[field], !value.isNull else { return nil }
    return value
  }

  private func check<T>(_ field: String, _ value: T, in range: ClosedRange<T>) throws(CheckpointError) {
    guard range.contains(value) else {
      throw CheckpointError(
        file, "\(field) is \(value), which is outside \(range.lowerBound) to \(range.upperBound)")
    }
  }

  private func wrong(_ field: String, _ value: JSON, expected: String) -> CheckpointError {
    CheckpointError(file, "\(field) is \(value.kind) where \(expected) is expected")
  }
}
