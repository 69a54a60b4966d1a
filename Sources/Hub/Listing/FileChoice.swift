internal import Checkpoint
internal import JSON
internal import System

/// Which of a repository's files a GPT-2 model needs. Many hold their weights in several formats, of which one will do.
struct FileChoice {
  let listing: Listing

  /// Small files that are taken where they are there.
  private static let companions = [
    "generation_config.json", "tokenizer.json", "vocab.json", "merges.txt", "vocab.txt", "spiece.model",
    "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "README.md",
  ]

  /// What tells whether the rest is worth having: the configuration of a model, or of an adapter.
  func configuration() throws(HubError) -> ListedFile {
    if let adapter = listing[WeightNames.adapterConfiguration],
      listing["config.json"] == nil || WeightNames.adapters.contains(where: { listing[$0] != nil })
    {
      return adapter
    }
    guard let file = listing["config.json"] else {
      throw HubError(
        .repository, "\(listing.repository) has no config.json, so it is no model to be used here\(holdings)")
    }
    return file
  }

  /// Patterns that none of the files fits.
  func idle(_ patterns: [String]) -> [String] {
    patterns.filter { pattern in !listing.files.contains { fnmatch(pattern, $0.path, 0) == 0 } }
  }

  /// All the files, the configuration among them, each once.
  ///
  /// - Parameters:
  ///   - patterns: Of other files to take besides, as shells have them.
  ///   - read: Fetches a file of JSON.
  func files(
    _ configuration: ListedFile, matching patterns: [String], read: (ListedFile) throws -> JSON
  ) throws -> [ListedFile] {
    let weights = try weights(configuration, read: read)
    let others = Self.companions.compactMap { listing[$0] }
    let matching = listing.files.filter { file in patterns.contains { fnmatch($0, file.path, 0) == 0 } }
    // By their bytes: names that look the same may be those of two files.
    var paths: Set<[UInt8]> = []
    return ([configuration] + others + weights + matching).filter { paths.insert(Array($0.path.utf8)).inserted }
  }

  private func weights(_ configuration: ListedFile, read: (ListedFile) throws -> JSON) throws -> [ListedFile] {
    var names = WeightNames.all
    let json = try read(configuration)
    if configuration.path == WeightNames.adapterConfiguration {
      names = WeightNames.adapters
    } else {
      // Throws for what is no GPT-2.
      _ = try ModelConfiguration(parsing: json, file: "\(listing.repository)/\(configuration.path)")
      if let named = json["transformers_weights"]?.string { names = [named] }
    }
    guard let file = names.lazy.compactMap({ listing[$0] }).first else {
      throw HubError(
        .repository, "\(listing.repository) has no weights that can be read here: no \(names[0])\(holdings)")
    }
    guard WeightNames.isIndex(file.path) else { return [file] }
    let index = "\(listing.repository)/\(file.path)"
    return try [file]
      + WeightNames.shards(of: read(file), named: index).map { shard in
        guard let file = listing[shard] else {
          throw HubError(.repository, "\(index) names '\(shard.prefix(64))', which the repository does not have")
        }
        return file
      }
  }

  /// What there is instead.
  private var holdings: String {
    let names = listing.files.map(\.path).filter { !$0.hasPrefix(".") }
    guard !names.isEmpty else { return " (it is empty)" }
    return " (it has \(names.prefix(8).joined(separator: ", "))\(names.count > 8 ? " and others" : ""))"
  }
}
