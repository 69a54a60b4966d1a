/// The names under which exporters store GPT-2's tensors.
enum TensorName {
  /// Prefixes that wrappers put before a name: GPT2LMHeadModel, training frameworks, DataParallel, torch.compile.
  private static let prefixes = ["transformer.", "model.", "module.", "_orig_mod."]
  /// The causal mask and its constant, which old files store once a layer.
  private static let buffers = [
    ".attn.bias", ".attn.masked_bias", ".crossattention.bias", ".crossattention.masked_bias",
  ]

  /// The name without any prefixes, such as `h.0.attn.c_attn.weight`.
  static func canonical(_ name: String) -> String {
    var rest = name[...]
    while let prefix = prefixes.first(where: rest.hasPrefix) { rest = rest.dropFirst(prefix.count) }
    return String(rest)
  }

  /// Whether this is a buffer of the training code rather than a weight.
  static func isBuffer(_ name: String) -> Bool { buffers.contains(where: name.hasSuffix) }

  /// The layer in `h.LAYER.…`, `nil` for other names.
  static func layer(_ canonicalName: String) -> Int? {
    let parts = canonicalName.split(separator: ".", maxSplits: 2)
    return parts.count == 3 && parts[0] == "h" ? Int(parts[1]) : nil
  }
}
