package import JSON

/// The names of the files that weights are in.
package enum WeightNames {
  /// In the order in which they are looked for, as transformers does: the first that is there holds the weights. An index
  /// names the files of weights in parts.
  package static let all = [
    "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
  ]

  /// The same of a LoRA adapter of PEFT.
  package static let adapters = ["adapter_model.safetensors", "adapter_model.bin"]
  /// What makes a folder one.
  package static let adapterConfiguration = "adapter_config.json"

  private static let maximumShardCount = 1024

  /// Whether a file says where the weights are, rather than holding them.
  package static func isIndex(_ name: String) -> Bool { name.hasSuffix(".index.json") }

  /// The files that an index names, each once, in its order.
  package static func shards(of index: JSON, named indexName: String) throws(CheckpointError) -> [String] {
    guard let map = index["weight_map"]?.members, !map.isEmpty else {
      throw CheckpointError(indexName, "has no weight_map")
    }
    // By their bytes: names that look the same may be those of two files.
    var (shards, seen): ([String], Set<[UInt8]>) = ([], [])
    for entry in map {
      try BoundedName.check(byteCount: entry.key.utf8.count, in: indexName)
      guard var shard = entry.value.string else {
        throw CheckpointError(indexName, "names no file for tensor '\(entry.key)'")
      }
      if shard.utf8.starts(with: "./".utf8) { shard = String(Substring(shard.utf8.dropFirst(2))) }
      try BoundedName.check(byteCount: shard.utf8.count, in: indexName)
      guard seen.insert(Array(shard.utf8)).inserted else { continue }
      guard shards.count < maximumShardCount else {
        throw CheckpointError(indexName, "names more than \(maximumShardCount) files")
      }
      shards.append(shard)
    }
    return shards
  }
}
