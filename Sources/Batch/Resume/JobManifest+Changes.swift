internal import JSON

extension JobManifest {
  /// The lines of an input that were mended since the job was begun, by the places of their items.
  ///
  /// Only a resume that retries errors takes them, and only for items that have no text.
  ///
  /// - Throws: ``JobError`` where it is another input, or none of the lines may differ.
  func mendedLines(of input: JobInput, results: String, retriesErrors: Bool) throws -> [Int: Int] {
    let finished = try changedItems(of: input, besides: results)
    let isSame = hasBeginning(of: input)
    if isSame, finished.isEmpty { return [:] }
    let changed = (isSame ? [:] : changedLines(of: input))?.merging(finished) { first, _ in first }
    // Where the beginning differs and no line of it does, what has changed is not known.
    if retriesErrors, let changed, !changed.isEmpty { return changed }
    let first = ((changed ?? finished).values.min()).map { ": line \($0) has changed" } ?? ""
    throw otherInput(
      input, results: results,
      advice: "\(first). --resume needs the same items; with --retry-errors it takes lines that were mended where "
        + "they stand, if their items had an error. Give those items, or start again with another --out.")
  }

  /// The first lines that are not what they were, counted from 1, by the places of their items; nil where items have moved
  /// or are gone, or the manifest does not know what the lines were.
  private func changedLines(of input: JobInput) -> [Int: Int]? {
    guard let before = self.input[Self.lineMarks]?.array?.map({ $0.integer.flatMap { UInt32(exactly: $0) } }) else {
      return nil
    }
    let now = input.lineMarks(atMost: before.count)
    guard now.count == before.count else { return nil }
    var changed: [Int: Int] = [:]
    var place = 0
    for (number, (was, mark)) in zip(before, now).enumerated() {
      guard isText || (was == LineMark.blank) == (mark == LineMark.blank) else { return nil }
      if was != mark { changed[place] = number + 1 }
      if isText || mark != LineMark.blank { place += 1 }
    }
    return changed
  }
}
