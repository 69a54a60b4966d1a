internal import System
package import JSON

/// What was found of a job's results.
package struct MergeReport: Sendable {
  /// Whether the results were compared with the items.
  package var knowsItems = false
  /// Items that have a result.
  package var items = 0
  /// Of them, those with an error instead of texts.
  package var errors = 0
  /// Items without a result.
  package var missing = Findings()
  /// Results of items that had one already.
  package var repeated = Findings()
  /// Of them, those that are not the same as the one before.
  package var differing = Findings()
  /// Results that are of no item of the input.
  package var foreign = Findings()
  /// Results whose items' lines are not what they were written from.
  package var changed = Findings()
  /// Files whose last line is torn.
  package var torn: [String] = []
  /// Shards that none of the files is of, as `i/N`.
  package var missingShards = Findings()
  /// How the files were made otherwise than the first, where texts may differ by it.
  package var differences: [String] = []
  /// Files that nothing beside them describes.
  package var undescribed: [String] = []

  /// Some items, of which the first are named.
  package struct Findings: Sendable {
    /// How many there are.
    package private(set) var count = 0
    /// The ids of the first; numbers of places in the input where there is none.
    package private(set) var first: [String] = []

    /// How many are named.
    static let most = 5

    mutating func append(_ name: @autoclosure () -> String) {
      count += 1
      if first.count < Self.most { first.append(name()) }
    }

    /// Counts more without their names.
    mutating func append(unnamed more: Int) { count += more }
  }

  /// Whether every item has exactly one result, as far as is known.
  package var isWhole: Bool {
    missing.count == 0 && repeated.count == 0 && foreign.count == 0 && changed.count == 0 && torn.isEmpty
      && missingShards.count == 0
  }

  /// What is wrong, a sentence each.
  package var problems: [String] {
    func sentence(_ findings: Findings, _ what: String, _ whats: String) -> [String] {
      if findings.count == 0 { return [] }
      let more = findings.count > findings.first.count ? ", …" : ""
      let count = findings.count == 1 ? "1 \(what)" : "\(findings.count) \(whats)"
      return ["\(count): \(findings.first.joined(separator: ", "))\(more)."]
    }
    return sentence(missing, "item has no result", "items have no result")
      + sentence(repeated, "item has more than one result", "results are of items that have one already")
      + sentence(
        differing, "of these is not the same as the first, which was taken",
        "of these are not the same as the first, which were taken")
      + sentence(foreign, "result is of no item of the input", "results are of no item of the input")
      + sentence(
        changed, "result is of a line of the input that has changed since",
        "results are of lines of the input that have changed since")
      + torn.map { "\($0) ends in the middle of a line: continue its job with --resume." }
      + sentence(missingShards, "shard is missing", "shards are missing")
  }

  /// How many results there are, as a sentence.
  package var summary: String {
    "\(items.counted("item"))" + (errors > 0 ? ", \(errors) of them with an error instead of a text" : "")
      + (!isWhole ? "." : knowsItems ? "; none is missing, none is there twice." : "; none is there twice. \(unknown)")
  }

  private var unknown: String { "Without --in, items behind the last result are not missed." }

  /// The report by names.
  package var json: JSON {
    func member(_ findings: Findings) -> JSON {
      ["count": .integer(findings.count), "first": .array(findings.first.map { .string($0) })]
    }
    return [
      "items": .integer(items), "errors": .integer(errors), "missing": member(missing), "repeated": member(repeated),
      "differing": member(differing), "foreign": member(foreign), "changed": member(changed),
      "torn": .array(torn.map { .string($0) }),
      "missing_shards": member(missingShards),
      "differences": .array(differences.map { .string($0) }), "undescribed": .array(undescribed.map { .string($0) }),
      "whole": .boolean(isWhole),
    ]
  }
}
