internal import JSON

extension JobManifest {
  /// What two parts of one job may differ in.
  enum Aspect {
    /// Nothing that decides about texts.
    case jobs
    /// What computes, which may round differently.
    case devices
  }

  private static let devices: Set<String> = ["program", "device", "kernels", dotUnit]
  /// The same texts, in other parts or another order.
  private static let parts: Set<String> = ["shard", "ordered"]

  /// The first difference between two parts; nil where there is none.
  func difference(from other: JobManifest, of aspect: Aspect) -> String? {
    for name in (members + other.members).map(\.key)
    where !Self.parts.contains(name) && Self.devices.contains(name) == (aspect == .devices) {
      let (mine, others) = (value(name), other.value(name))
      if mine != others {
        let values = "\(name) is \(mine ?? "not given") and \(others ?? "not given")"
        return name == "model" ? "their models differ" : values
      }
    }
    guard aspect == .jobs, !mayHaveInput(of: other) else { return nil }
    let (mine, others) = (input["path"]?.string ?? "one input", other.input["path"]?.string ?? "another")
    return mine != others
      ? "they were written from \(mine) and \(others)"
      : "\(mine) changed between them (where lines were mended, each part takes them with --resume --retry-errors)"
  }

  /// Whether two inputs are one, as far as can be known: it may have grown between the parts.
  private func mayHaveInput(of other: JobManifest) -> Bool {
    guard let (count, hash) = prefix, let (others, othersHash) = other.prefix else { return true }
    if count == others { return hash == othersHash }
    // What the longer one began with, it tells where it is there still.
    let (long, longHash, short, shortHash) =
      count > others ? (count, hash, others, othersHash) : (others, othersHash, count, hash)
    guard let path = (count > others ? input : other.input)["path"]?.string, FileIdentity(path) != nil,
      let file = try? JobInput(path)
    else { return true }
    defer { file.closeFile() }
    return file.prefix(long)?.hash != longHash || file.prefix(short)?.hash == shortHash
  }

  private var prefix: (byteCount: Int, hash: String)? {
    guard let count = input["prefix_bytes"]?.integer, count >= 0, let hash = input["prefix_hash"]?.string else {
      return nil
    }
    return (count, hash)
  }

  private func value(_ name: String) -> String? { members.last { $0.key == name }?.value.text }
}
