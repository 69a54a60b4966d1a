internal import System
import Checkpoint

/// The list of models for people: within 80 columns, but for names that are longer.
struct ModelList {
  private let entries: [ModelEntry]
  /// How wide a line about a model that cannot be used may be; nil where it is not cut.
  private let columns: Int?

  init(_ entries: [ModelEntry], columns: Int?) {
    self.entries = entries
    self.columns = columns
  }

  /// Of most names; a longer one has a line of its own.
  private static let nameWidth = 26

  var text: String {
    var table = Table(headings: ["model", "params", "layers", "size", "weights", "commit"])
    var lines: [String] = []
    for entry in entries {
      guard let checkpoint = entry.checkpoint else { continue }
      let isLong = entry.name.count > Self.nameWidth
      lines.append(isLong ? entry.name.printable + "\n" : "")
      let configuration = checkpoint.configuration
      table.append(
        isLong ? "" : entry.name, "\((Double(configuration.parameterCount) / 1e6).fixed(1)) M",
        "\(configuration.layerCount) × \(configuration.embeddingSize)", ByteSize(entry.byteCount).description,
        entry.formats.joined(separator: ", "), entry.revision.map { String($0.prefix(7)) } ?? "inside")
    }
    let unusable = entries.compactMap { entry in
      entry.problem.map { line("\(entry.name): \($0)".printable.replacing("\n", with: " ")) + "\n" }
    }
    // A long name goes before its row, and widens no column.
    let rows = zip([""] + lines, table.text.split(separator: "\n")).map { $0 + $1 + "\n" }.joined()
    return rows + (unusable.isEmpty ? "" : "\nThese cannot be used:\n" + unusable.joined())
  }

  private func line(_ text: String) -> String {
    guard let columns, text.count > columns else { return text }
    return String(text.prefix(max(1, columns - 1))) + "…"
  }
}
