internal import JSON

/// What `adapter_config.json` says of a LoRA adapter (`LoraConfig` of PEFT 0.21).
struct AdapterConfiguration {
  /// Fields that change nothing in the merged weights.
  private static let ignored: Set<String> = [
    "task_type", "auto_mapping", "peft_version", "base_model_name_or_path", "revision", "inference_mode",
    "lora_dropout",
    // GPT-2's products are stored (in, out), and PEFT corrects whatever is said here.
    "fan_in_fan_out",
    // Which tensors there are, says the file that holds them.
    "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern", "rank_pattern",
    "megatron_core", "qalora_group_size", "runtime_config", "eva_config", "ensure_weight_tying",
    "peft_type", "r", "lora_alpha", "alpha_pattern", "use_rslora", "bias", "init_lora_weights",
  ]

  /// Far more modules than GPT-2 has: each name is compared with each of them.
  private static let mostNames = 512

  private let file: String
  private let rank: Int
  private let hasRankPattern: Bool
  private let alpha: Double
  private let alphas: [(pattern: AdapterPattern, alpha: Double)]
  private let isRankStabilized: Bool
  /// Ends of the names of modules; nil where a regular expression or `all-linear` stands.
  private let targets: [String]?

  init(_ json: JSON, file: String) throws(CheckpointError) {
    func error(_ problem: String) -> CheckpointError { CheckpointError(file, problem) }
    func unsupported(_ what: String) -> CheckpointError {
      error("\(what), which is not supported: merge the adapter with PEFT first (merge_and_unload)")
    }
    self.file = file
    guard let members = json.members else { throw error("must be an object, found \(json.kind)") }
    guard let type = json["peft_type"]?.string else { throw error("has no peft_type: it is no adapter of PEFT") }
    guard type == "LORA" else { throw unsupported("is an adapter of type \(type.prefix(32))") }
    for member in members {
      try BoundedName.check(byteCount: member.key.utf8.count, in: file)
      if !Self.ignored.contains(member.key), !member.value.isNeutral { throw unsupported("asks for \(member.key)") }
    }
    if let bias = json["bias"], !bias.isNull, bias.string != "none" {
      throw unsupported("has trained biases (bias '\(bias.string?.prefix(32) ?? "")')")
    }
    // These take their matrices out of the base's weights, which are then others.
    if let start = json["init_lora_weights"]?.string, !["gaussian", "eva", "orthogonal"].contains(start) {
      throw unsupported("began with init_lora_weights '\(start.prefix(32))', which changes the base")
    }
    guard let rank = json["r"]?.integer, rank > 0 else { throw error("has no r, or one that is no number above 0") }
    guard let alpha = json["lora_alpha"]?.number, alpha.isFinite else {
      throw error("has no lora_alpha, or one that is no number")
    }
    self.rank = rank
    self.alpha = alpha
    hasRankPattern = !(json["rank_pattern"]?.isNeutral ?? true)
    isRankStabilized = json["use_rslora"]?.boolean ?? false
    var alphas: [(AdapterPattern, Double)] = []
    let patterns = json["alpha_pattern"]?.members ?? []
    let names = json["target_modules"]?.array ?? []
    guard patterns.count <= Self.mostNames, names.count <= Self.mostNames else {
      throw error("names more than \(Self.mostNames) modules")
    }
    for member in patterns {
      try BoundedName.check(byteCount: member.key.utf8.count, in: file)
      guard let pattern = AdapterPattern(member.key) else {
        throw unsupported("has the regular expression '\(member.key.prefix(64))' in alpha_pattern")
      }
      guard let alpha = member.value.number, alpha.isFinite else { throw error("has no number in alpha_pattern") }
      alphas.append((pattern, alpha))
    }
    self.alphas = alphas
    targets = json["target_modules"]?.array?.compactMap(\.string).filter {
      $0.utf8.count <= BoundedName.maximumByteCount
    }
  }

  /// The factor of a module's update, whose matrices have this rank.
  ///
  /// - Parameter module: Its name in the model that was trained, such as `transformer.h.0.attn.c_attn`.
  func scaling(of module: String, rank: Int) throws(CheckpointError) -> Float {
    if let targets, !targets.contains(where: { module == $0 || module.hasSuffix(".\($0)") }) {
      throw CheckpointError(
        file, "does not name \(module) among its target_modules, but the weights hold matrices for it")
    }
    guard rank == self.rank || hasRankPattern else {
      throw CheckpointError(file, "says r \(self.rank), but the matrices of \(module) have rank \(rank)")
    }
    let alpha = alphas.first { $0.pattern.matches(module) }?.alpha ?? alpha
    return Float(alpha / (isRankStabilized ? Double(rank).squareRoot() : Double(rank)))
  }
}

extension JSON {
  /// Whether this asks for nothing.
  fileprivate var isNeutral: Bool {
    switch self {
    case .null, .boolean(false): true
    case .array(let elements): elements.isEmpty
    case .object(let members): members.isEmpty
    default: false
    }
  }
}
