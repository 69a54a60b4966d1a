import Foundation
import GPT2
import JSON
import Testing

@testable import Batch

/// Lines that have changed behind what a manifest has of the input's beginning, though their items have texts.
@Suite struct ChangedLineTests {
  private let folder: JobFolder
  /// 70 lines of 1 KB; the last but four reach over the first 64 KiB.
  private let lines = (0..<70).map { number in
    #"{"id":"i\#(number)","prompt":"word \#(number)\#(String(repeating: " a", count: 500))"}"#
  }

  init() throws {
    folder = try JobFolder()
    try folder.write(lines)
  }

  private func resume(_ lines: [String], retriesErrors: Bool = false) throws -> JobSummary {
    try folder.write(lines)
    return try folder.run { ($0.resumes, $0.retriesErrors, $0.overflow) = (true, retriesErrors, .leftTruncate) }
  }

  private func begin() throws { try folder.run { $0.overflow = .leftTruncate } }

  /// - Returns: The message of what refuses to go on, which leaves all as it was.
  private func refusal(_ lines: [String], retriesErrors: Bool = false) throws -> String {
    func files() -> [String?] { ["out", "out.job.json", "out.job.lines"].map { try? folder.read($0) } }
    let before = files()
    let error = #expect(throws: JobError.self) { try resume(lines, retriesErrors: retriesErrors) }
    #expect(files() == before && before[1] != nil)
    return error?.description ?? ""
  }

  private func changed(_ line: String) -> String { line.replacing("word", with: "KING") }

  /// In the middle of the beginning, across its end, and behind it.
  @Test(arguments: [3, 63, 64, 69]) func whatHasItsTextMayNotChange(_ number: Int) throws {
    try begin()
    #expect(try resume(lines).items == 0)
    var other = lines
    other[number] = changed(lines[number])
    #expect(try refusal(other).contains(": line \(number + 1) has changed."))
    #expect(try refusal(other, retriesErrors: true).contains("has the text of line \(number + 1) of the input"))
  }

  @Test func linesLongerThanTheBeginning() throws {
    let long = #"{"id":"a","prompt":"word\#(String(repeating: " a", count: 40_000))"}"#
    try folder.write([long])
    try begin()
    #expect(try refusal([changed(long)]).contains("line 1 has changed"))
    #expect(try refusal([changed(long)], retriesErrors: true).contains("has the text of line 1"))
  }

  /// Where items are put in between, what comes behind is not what it was.
  @Test func linesThatMoved() throws {
    try begin()
    let other = Array(lines[..<68]) + [#"{"id":"new","prompt":"x"}"#] + Array(lines[68...])
    #expect(try refusal(other).contains("line 69 has changed"))
  }

  /// Lines without a text are mended there, too; the others' marks are kept.
  @Test func linesBehindTheBeginningAreMended() throws {
    var bad = lines
    bad[68] = #"{"id":"i68","promt":"x"}"#
    try folder.write(bad)
    try begin()
    #expect(try refusal(lines).contains("line 69 has changed. --resume needs the same items; with --retry-errors"))
    let summary = try resume(lines, retriesErrors: true)
    #expect(summary.items == 1 && summary.errorsInAll == 0)
    #expect(try resume(lines).items == 0)
    for number in [2, 68, 69] {
      var other = lines
      other[number] = changed(lines[number])
      #expect(try refusal(other).contains("line \(number + 1) has changed"))
    }
  }

  /// Of a part that a killed process has left.
  @Test func aTornMarkIsNone() throws {
    try begin()
    let whole = try folder.read("out.job.lines")
    try folder.write(Array(whole.utf8.dropLast(4)), to: "out.job.lines")
    let results = try folder.lines()
    try folder.write(Array(results.dropLast(2)), to: "out")
    #expect(try resume(lines).items == 2)
    let marks = try folder.lines("out.job.lines").compactMap { LineMark(Array($0.utf8)[...]) }
    #expect(Set(marks.map(\.index)) == Set(0..<70))
    var other = lines
    other[69] = changed(lines[69])
    #expect(try refusal(other).contains("line 70 has changed"))
  }

  /// Beside those are no marks: only the input's beginning is compared, and where that differs the line must be known.
  @Test func manifestsOfBeforeAreRead() throws {
    try begin()
    let manifest = try folder.read("out.job.json")
    var json = try JSON(parsing: manifest)
    let input = try #require(json["input"]?.members).map { member in
      guard member.key == JobManifest.lineMarks else { return member }
      // The line across the end had no mark.
      return JSON.Member(member.key, .array((member.value.array ?? []).dropLast()))
    }
    json = .object(try #require(json.members).map { $0.key == "input" ? JSON.Member("input", .object(input)) : $0 })
    func makeOlder() throws {
      try folder.write([json.text], to: "out.job.json")
      // A resume that wrote nothing leaves none.
      try? FileManager.default.removeItem(atPath: folder.path("out.job.lines"))
    }
    try makeOlder()
    #expect(try resume(lines).items == 0)
    try makeOlder()
    let across = try #require(input.first { $0.key == JobManifest.lineMarks }?.value.array).count
    var other = lines
    other[across] = changed(lines[across])
    #expect(try refusal(other, retriesErrors: true).contains("is not what that was."))
  }

  @Test func verifyNamesThem() throws {
    try begin()
    func report(_ results: String = "out") throws -> MergeReport {
      try ResultMerge([folder.path(results)], input: folder.path("in")).run { _ in }
    }
    #expect(try report().isWhole)
    // What was merged knows them, too.
    _ = try ResultMerge([folder.path("out")], input: folder.path("in")).write(to: folder.path("merged"))
    var other = lines
    other[69] = changed(lines[69])
    try folder.write(other)
    for results in ["out", "merged"] {
      let found = try report(results)
      #expect(!found.isWhole && found.changed.first == ["i69"] && found.missing.count == 0)
      #expect(found.problems == ["1 result is of a line of the input that has changed since: i69."])
    }
  }
}
