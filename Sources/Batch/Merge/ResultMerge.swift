internal import JSON
internal import System

/// The results of a job's parts, looked at together.
///
/// Nothing of them is in memory but a page, and a window of each part.
package final class ResultMerge {
  let parts: [ResultPart]
  let input: JobInput?
  /// Whether each line of the input is an item, as it stands.
  private let isText: Bool
  private let table: PlaceTable
  /// The marks of the items' lines, in the place of offsets.
  private let marks: PlaceTable
  private var report: MergeReport
  /// The shards that the parts are of; nil where that is not known of all.
  private let shards: [Shard]?

  /// Of the windows of all parts.
  private static let windowByteCount = 1 << 24

  /// Opens the parts.
  ///
  /// - Parameters:
  ///   - paths: The files of results, at least one.
  ///   - input: The file of the items; without it, items behind the last that has a result are not missed.
  ///   - isText: Whether each line of the input is a prompt, where nothing beside the results says so.
  /// - Throws: ``JobError`` for parts of different jobs or of another input, and for files that cannot be read.
  package init(_ paths: [String], input: String?, isText: Bool = false) throws {
    OpenFiles.raiseLimit()
    let windowByteCount = max(1 << 12, min(ResultPart.cachedByteCount, Self.windowByteCount / paths.count))
    let parts = try paths.map { path throws(JobError) in try ResultPart(path, windowByteCount: windowByteCount) }
    let described = parts.filter { $0.manifest != nil }
    var report = MergeReport()
    report.undescribed = parts.filter { $0.manifest == nil }.map(\.path)
    if let first = described.first, let manifest = first.manifest {
      for part in described.dropFirst() {
        guard let other = part.manifest else { continue }
        if let difference = manifest.difference(from: other, of: .jobs) {
          throw JobError("\(first.path) and \(part.path) are results of different jobs: \(difference).")
        }
        if let difference = manifest.difference(from: other, of: .devices) {
          report.differences.append("\(part.path) was written otherwise than \(first.path): \(difference).")
        }
      }
    }
    if isText, let part = described.first(where: { $0.manifest?.isText == false }) {
      throw JobError("\(part.path) was written without --text.")
    }
    self.isText = described.first?.manifest?.isText ?? isText
    self.input = try input.map { path throws(JobError) in try JobInput(path) }
    if let input = self.input {
      guard input.file != nil else {
        throw JobError("\(input.name) must be a file, to be read along with the results.")
      }
      for part in described {
        try part.manifest?.requireSameBeginning(
          input, results: part.path, advice: ". Give the items that it was written from.")
      }
    }
    let shards = parts.compactMap(\.shard)
    // Parts of different divisions do not say what belongs to them: then every item is expected.
    self.shards = shards.count == parts.count && Set(shards.map(\.count)).count == 1 ? shards : nil
    if let shards = self.shards, let count = shards.first?.count {
      let there = Set(shards.map(\.index))
      for index in (0..<count).lazy.filter({ !there.contains($0) }).prefix(5) {
        report.missingShards.append("\(index)/\(count)")
      }
      report.missingShards.append(unnamed: count - there.count - report.missingShards.count)
    }
    report.knowsItems = input != nil
    self.parts = parts
    self.report = report
    table = try PlaceTable()
    marks = try PlaceTable()
  }

  deinit { input?.closeFile() }

  /// What the job is whose results are all there; nil where not all parts are described.
  var wholeManifest: JobManifest? {
    guard report.undescribed.isEmpty, report.differences.isEmpty, var manifest = parts.first?.manifest else {
      return nil
    }
    for index in manifest.members.indices {
      switch manifest.members[index].key {
      case "shard": manifest.members[index] = JSON.Member("shard", .string(Shard.whole.description))
      case "ordered": manifest.members[index] = JSON.Member("ordered", .boolean(true))
      default: break
      }
    }
    return manifest
  }

  /// Finds each item's result.
  ///
  /// - Parameter onLine: Called with every item's first line, in the order of the input, without its end.
  /// - Throws: ``JobError`` for a line that is no result, ``WriteError``, and what `onLine` throws.
  package func run(_ onLine: (ArraySlice<UInt8>) throws -> Void) throws -> MergeReport {
    for (number, part) in parts.enumerated() {
      let isTorn = try part.scan { head, offset, count in
        let place = PlaceTable.Place(offset: offset, count: Int32(count), part: Int32(number + 1))
        if let first = try table[head.index] {
          try choose(head, at: place, besides: first)
        } else {
          try table.set(head.index, place)
          report.items += 1
          if head.isError { report.errors += 1 }
        }
      }
      if isTorn { report.torn.append(part.path) }
      guard part.manifest != nil else { continue }
      try JobManifest.forEachMark(besides: part.path) { mark in
        let place = PlaceTable.Place(offset: Int(mark.value), count: 0, part: Int32(number + 1))
        try marks.set(mark.index, place)
      }
    }
    if let input { try follow(input, onLine) } else { try followPlaces(onLine) }
    return report
  }

  /// Takes one of two results of a place: the first, but a text rather than an error.
  ///
  /// - Throws: ``JobError`` for results of different items.
  private func choose(_ head: ResultHead, at place: PlaceTable.Place, besides first: PlaceTable.Place) throws {
    let earlier = parts[Int(first.part) - 1]
    let line = try earlier.line(at: first.offset, count: Int(first.count), isAlone: true)
    guard let other = ResultHead(line) else { throw JobError(Self.haveChanged) }
    guard ItemID(other.id)?.mark == ItemID(head.id)?.mark else {
      func item(_ head: ResultHead, _ part: ResultPart) -> String {
        "\(head.id.isNull ? "one without an id" : Self.name(head.id)) in \(part.path)"
      }
      let part = parts[Int(place.part) - 1]
      throw JobError(
        "The results are of different inputs: item \(head.index), counted from 0, is \(item(other, earlier)) and "
          + "\(item(head, part)).")
    }
    if other.isError, !head.isError {
      try table.set(head.index, place)
      report.errors -= 1
    } else if other.isError || !head.isError {
      report.repeated.append(Self.name(head))
      if try parts[Int(place.part) - 1].line(at: place.offset, count: Int(place.count), isAlone: true) != line {
        report.differing.append(Self.name(head))
      }
    }
  }

  /// Takes the results in the order of their places.
  private func followPlaces(_ onLine: (ArraySlice<UInt8>) throws -> Void) throws {
    var next = 0
    for places in table.ranges {
      countMissing(next..<places.lowerBound)
      for index in places {
        if let line = try line(at: index) { try onLine(line) } else { countMissing(index..<index + 1) }
      }
      next = places.upperBound
    }
  }

  /// Counts items as missing, of which there may be thousands of millions where one line has a strange place.
  private func countMissing(_ places: Range<Int>) {
    if report.missingShards.count > 0 { return }  // they may be of a shard that is not there
    for index in places.prefix(MergeReport.Findings.most) { report.missing.append("item \(index) of the input") }
    report.missing.append(unnamed: max(0, places.count - MergeReport.Findings.most))
  }

  /// Takes the results item by item.
  private func follow(_ input: JobInput, _ onLine: (ArraySlice<UInt8>) throws -> Void) throws {
    let parser = ItemParser(isText: isText, ignoresUnknown: true)
    var reader = LineReader(
      descriptor: input.descriptor, maximumByteCount: ItemParser.maximumByteCount,
      chunkByteCount: ResultPart.cachedByteCount)
    var (number, index) = (0, 0)
    while let line = try reader.next() {
      number += 1
      if case .bytes(let bytes) = line, let result = try self.line(at: index), ResultHead.begins(result, as: bytes) {
        try compare(line, at: index, with: result)
        try onLine(result)
        index += 1
        continue
      }
      let id: ItemID?
      switch line {
      case .tooLong: id = nil
      case .bytes(let bytes):
        switch parser.parse(Array(bytes), number: number) {
        case .blank: continue
        case .item(let item): id = item.id
        case .bad(let known, _, _): id = known
        }
      }
      let found = try result(at: index)
      if let (head, result) = found, ItemID(head.id)?.mark == id?.mark {
        try compare(line, at: index, with: result)
        try onLine(result)
      } else {
        if let (head, _) = found { countForeign(head) }
        if isExpected(id?.key ?? MurmurHash3.mix(UInt64(index))) {
          report.missing.append(id.map { Self.name($0.json) } ?? "line \(number) of the input")
        }
      }
      index += 1
    }
    for places in table.ranges {
      for place in places where place >= index {
        if let (head, _) = try result(at: place) { countForeign(head) }
      }
    }
  }

  /// Looks whether an item's line is what its result was written from, where that is known.
  private func compare(_ line: LineReader.Line, at index: Int, with result: ArraySlice<UInt8>) throws {
    guard let mark = try marks[index], try table[index]?.part == mark.part,
      mark.offset != Int(line.markValue), let head = ResultHead(result)
    else { return }
    report.changed.append(Self.name(head))
  }

  /// Gives the marks of the results that were taken.
  func forEachMark(_ body: (LineMark) throws -> Void) throws {
    for places in marks.ranges {
      for index in places {
        guard let mark = try marks[index], try table[index]?.part == mark.part else { continue }
        try body(LineMark(index: index, value: UInt32(truncatingIfNeeded: mark.offset)))
      }
    }
  }

  /// Whether an item is of one of the parts.
  private func isExpected(_ key: UInt64) -> Bool { shards?.contains { $0.contains(key) } ?? true }

  /// Counts a result as one of no item.
  private func countForeign(_ head: ResultHead) {
    report.foreign.append(Self.name(head))
    report.items -= 1
    if head.isError { report.errors -= 1 }
  }

  /// The line of an item's result.
  private func line(at index: Int) throws -> ArraySlice<UInt8>? {
    guard let place = try table[index] else { return nil }
    return try parts[Int(place.part) - 1].line(at: place.offset, count: Int(place.count))
  }

  /// The result of an item.
  private func result(at index: Int) throws -> (head: ResultHead, line: ArraySlice<UInt8>)? {
    guard let line = try line(at: index) else { return nil }
    guard let head = ResultHead(line) else {
      throw JobError(Self.haveChanged)
    }
    return (head, line)
  }

  private static let haveChanged = "The results have changed while they were being read."

  private static func name(_ head: ResultHead) -> String {
    head.id.isNull ? "item \(head.index) of the input" : name(head.id)
  }

  private static func name(_ id: JSON) -> String { id.string ?? id.text }
}
