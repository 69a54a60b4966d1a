internal import JSON

/// What `adapter_config.json` says of a LoRA adapter (`LoraConfig` of PEFT 0.21).
struct AdapterConfiguration {
  /// Fields that change nothing in the merged weights.
  private static let ignored: Set<String> = [
    "task_type", "auto_mapping", "peft_version", "base_model_name_or_path", "revision", "inference_mode",
    "lora_dropout",
    // GPT-2's products are stored (in, out), and PEFT corrects whatever is said here.
    "fan_in_fan_out",
    "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern", "rank_pattern",
    "megatron_core", "qalora_group_size", "runtime_config", "eva_config", "ensure_weight_tying",
    "peft_type", "r", "lora_alpha", "alpha_pattern", "use_rslora", "bias", "init_lora_weights",
  ]

  /// Objects that are settings of other methods even where they are empty.
  private static func isOtherMethod(_ member: JSON.Member) -> Bool {
    member.key.hasSuffix("_config") && member.key != "loftq_config" && member.value.members != nil
  }

  /// Beginnings of `init_lora_weights` that take the matrices out of the base's weights, which are then others.
  private static let changingBase = ["pissa", "olora", "corda", "loftq", "lora_ga"]

  /// What PEFT takes where the file leaves it out.
  private static let standard = 8

  private let file: String
  /// Nil where the file leaves it out.
  private let rank: Int?
  /// By the names of modules; nil for a number that is not compared, as its key says more than is read here.
  private let ranks: [(pattern: AdapterPattern, rank: Int)]?
  private let alpha: Double
  private let alphas: [(pattern: AdapterPattern, alpha: Double)]
  private let isRankStabilized: Bool
  private let targets: AdapterTargets

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
      if !Self.ignored.contains(member.key), !member.value.isNeutral || Self.isOtherMethod(member) {
        throw unsupported("asks for \(member.key)")
      }
    }
    /// A field's value as what it must be; nil where it is missing or null.
    func field<Value>(
      _ name: String, _ kind: String, _ value: (JSON) -> Value?
    ) throws(CheckpointError) -> Value? {
      guard let found = json[name], !found.isNull else { return nil }
      guard let value = value(found) else { throw error("has \(name) that is no \(kind), but \(found.kind)") }
      return value
    }
    if let bias = try field("bias", "string", \.string), bias != "none" {
      throw unsupported("has trained biases (bias '\(bias.prefix(32))')")
    }
    if let start = json["init_lora_weights"], !start.isNull, start.boolean == nil {
      let name = try field("init_lora_weights", "string", \.string) ?? ""
      if Self.changingBase.contains(where: name.hasPrefix) {
        throw unsupported("began with init_lora_weights '\(name.prefix(32))', which changes the base")
      }
      guard ["gaussian", "eva", "orthogonal"].contains(name) else {
        throw unsupported("began with init_lora_weights '\(name.prefix(32))'")
      }
    }
    /// A number, of which null is none, as in PEFT; nil where it is missing.
    func number<Value>(
      _ name: String, _ kind: String, _ value: (JSON) -> Value?
    ) throws(CheckpointError) -> Value? {
      guard let found = json[name] else { return nil }
      guard let value = value(found) else {
        throw error(
          "has \(name) that is no \(kind), but \(found.numberOrKind): mend it, or leave it out for PEFT's "
            + "\(Self.standard)")
      }
      return value
    }
    rank = try number("r", "whole number above 0", { $0.integer.flatMap { $0 > 0 ? $0 : nil } })
    alpha =
      try number("lora_alpha", "finite number", { $0.number.flatMap { $0.isFinite ? $0 : nil } })
      ?? Double(Self.standard)
    isRankStabilized = try field("use_rslora", "boolean", \.boolean) ?? false

    /// An object by patterns of names. Of a key that is there twice, the last value counts, in the first one's place.
    func patterns(_ name: String) throws(CheckpointError) -> [(key: String, value: JSON)] {
      var found: [(key: String, value: JSON)] = []
      let members = try field(name, "object", \.members) ?? []
      guard members.count <= AdapterTargets.mostNames else {
        throw error("names more than \(AdapterTargets.mostNames) modules")
      }
      for member in members {
        try BoundedName.check(byteCount: member.key.utf8.count, in: file)
        if let place = found.firstIndex(where: { $0.key.utf8.elementsEqual(member.key.utf8) }) {
          found[place].value = member.value
        } else {
          found.append((member.key, member.value))
        }
      }
      return found
    }
    var budget = AdapterPattern.mostAlternatives
    var alphas: [(AdapterPattern, Double)] = []
    for (key, value) in try patterns("alpha_pattern") {
      guard let pattern = AdapterPattern(key, budget: &budget) else {
        throw unsupported("has the regular expression '\(key.prefix(64))' in alpha_pattern")
      }
      guard let alpha = value.number, alpha.isFinite else { throw error("has no number in alpha_pattern") }
      alphas.append((pattern, alpha))
    }
    self.alphas = alphas
    var ranks: [(AdapterPattern, Int)]? = []
    for (key, value) in try patterns("rank_pattern") {
      guard let rank = value.integer, rank > 0 else { throw error("has no number above 0 in rank_pattern") }
      if let pattern = AdapterPattern(key, budget: &budget) { ranks?.append((pattern, rank)) } else { ranks = nil }
    }
    self.ranks = ranks
    targets = try AdapterTargets(json, file: file)
  }

  /// What could not be compared with the weights, as a sentence.
  var notice: String? {
    targets.unknown.map { "\(file) has \($0), not compared with the names of the matrices: all that fit are merged." }
  }

  /// The factor of a module's update, whose matrices have this rank.
  ///
  /// - Parameter module: Its name in the model that was trained, such as `transformer.h.0.attn.c_attn`.
  func scaling(of module: String, rank: Int) throws(CheckpointError) -> Float {
    if let objection = targets.objection(to: module) {
      throw CheckpointError(file, "\(objection), but the weights hold matrices for it")
    }
    if let ranks {
      let said = ranks.first { $0.pattern.matches(module) }?.rank ?? self.rank
      guard rank == said ?? Self.standard else {
        let what = said.map { "says r \($0)" } ?? "has no r, for which PEFT takes \(Self.standard)"
        throw CheckpointError(file, "\(what), but the matrices of \(module) have rank \(rank)")
      }
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
