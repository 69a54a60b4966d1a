internal import JSON

extension JobManifest {
  /// The lines of an input that were mended since the job was begun, by the places of their items.
  ///
  /// Only a resume that retries errors takes them, and only for items that have no text.
  ///
  /// - Throws: ``JobError`` where it is another input, or none of the lines may differ.
  func mendedLines(of input: JobInput, results: String, retriesErrors: Bool) throws(JobError) -> [Int: Int] {
    if hasBeginning(of: input) { return [:] }
    let changed = changedLines(of: input)
    if retriesErrors, let changed { return changed }
    let first = (changed?.values.min()).map { ": line \($0) has changed" } ?? ""
    try requireSameBeginning(
      input, results: results,
      advice: "\(first). --resume needs the same items; with --retry-errors it takes lines that were mended where "
        + "they stand, if their items had an error. Give those items, or start again with another --out.")
    return [:]
  }

  /// The first lines that are not what they were, counted from 1, by the places of their items; nil where items have moved
  /// or are gone, or the manifest does not know what the lines were.
  private func changedLines(of input: JobInput) -> [Int: Int]? {
    guard let before = self.input[Self.lineMarks]?.array?.map(\.integer) else { return nil }
    let now = input.lineMarks(atMost: before.count)
    guard now.count == before.count else { return nil }
    let isText = members.last { $0.key == "text" }?.value.boolean == true
    var changed: [Int: Int] = [:]
    var place = 0
    for (number, (was, mark)) in zip(before, now).enumerated() {
      guard isText || (was == JobInput.blankMark) == (mark == JobInput.blankMark) else { return nil }
      if was != mark { changed[place] = number + 1 }
      if isText || mark != JobInput.blankMark { place += 1 }
    }
    return changed
  }
}
