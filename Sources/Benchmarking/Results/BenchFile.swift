package import JSON

internal import System

/// A report that was written as JSON before.
package struct BenchFile: Sendable {
  /// The file, for messages.
  let name: String
  private let json: JSON

  /// The members by which rows are told apart.
  struct Key: Hashable {
    /// The device and the precision; the work.
    var parts: [String]
    /// In words.
    var text: String { parts.filter { !$0.isEmpty }.joined(separator: ", ") }
  }

  /// Takes a document.
  ///
  /// - Throws: ``SweepError`` where it is no report.
  package init(name: String, _ json: JSON) throws(SweepError) {
    guard let format = json["format"]?.string, json["rows"]?.array != nil else {
      throw SweepError("\(name) is no result of 'gpt2-gpu bench --format json'.")
    }
    guard format == BenchReport.format else {
      throw SweepError("\(name) is a result in the format “\(format)”, where “\(BenchReport.format)” is expected.")
    }
    self.name = name
    self.json = json
  }

  var isInterrupted: Bool { json["interrupted"]?.boolean ?? false }

  private var deviceNames: Set<String> {
    Set((json["rows"]?.array ?? []).compactMap { $0["device_name"]?.string })
  }

  /// The rows by their keys.
  func rows(ignoringDevice: Bool) -> [(key: Key, row: JSON)] {
    (json["rows"]?.array ?? []).map { row in
      func text(_ key: String) -> String { row[key]?.string ?? row[key]?.integer.map(String.init) ?? "?" }
      let key = Key(parts: [
        ignoringDevice ? "" : text("device_name"), text("precision"), "batch \(text("batch"))",
        "\(text("prompt_tokens")) + \(text("new_tokens")) tokens",
        row["items"]?.integer.map { $0.counted("item") } ?? "? items",
      ])
      return (key, row)
    }
  }

  /// Refuses reports of another model or another way to choose tokens.
  static func requireSameWork(_ before: BenchFile, _ after: BenchFile) throws(SweepError) {
    func text(_ json: JSON?) -> String { json?.text ?? "nothing" }
    let shape = ["parameters", "n_layer", "n_embd", "n_head", "n_positions", "vocab_size", "made_up"]
    for (group, keys) in [
      ("model", shape), ("sampling", ["do_sample", "temperature", "top_k", "top_p", "seed"]),
    ] {
      for key in keys {
        let (old, new) = (text(before.json[group]?[key]), text(after.json[group]?[key]))
        if old != new {
          throw SweepError(
            "\(before.name) and \(after.name) are of different work: \(group) \(key) is \(old) in the one and \(new) in "
              + "the other.")
        }
      }
    }
  }

  /// A note where each report has one device, and not the same; nil where devices are compared by name.
  static func differentDevices(_ before: BenchFile, _ after: BenchFile) -> String? {
    guard before.deviceNames.count == 1, after.deviceNames.count == 1, before.deviceNames != after.deviceNames else {
      return nil
    }
    return "The devices differ: \(before.name) is of \(before.deviceNames.first ?? "?"), \(after.name) of "
      + "\(after.deviceNames.first ?? "?")."
  }
}
