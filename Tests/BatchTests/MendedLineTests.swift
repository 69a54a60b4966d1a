import Foundation
import Testing

@testable import Batch

/// Jobs whose bad lines are mended where they stand.
@Suite struct MendedLineTests {
  static let bad = [
    #"{"id":"a","prompt":"x"}"#, #"{"id":"b","promt":"y"}"#, "", "{", #"{"id":"c","prompt":"z"}"#, #"{"id":"d"}"#,
  ]
  static let mended = [
    bad[0], #"{"id":"b","prompt":"y"}"#, "", #"{"id":"e","prompt":"q"}"#, bad[4], #"{"id":"d","prompt":""}"#,
  ]

  private let folder: JobFolder

  init() throws {
    folder = try JobFolder()
    try folder.write(Self.mended)
    try folder.run(to: "wanted")
    try folder.write(Self.bad)
    #expect(try folder.run().errors == 3)
  }

  private func retry(_ lines: [String]) throws -> JobSummary {
    try folder.write(lines)
    return try folder.run { ($0.resumes, $0.retriesErrors) = (true, true) }
  }

  /// - Returns: The message of what refuses to go on, which leaves all as it was.
  private func refusal(_ lines: [String], retriesErrors: Bool = true) throws -> String {
    let (results, manifest) = try (folder.read(), folder.read("out.job.json"))
    try folder.write(lines)
    let error = #expect(throws: JobError.self) {
      try folder.run { ($0.resumes, $0.retriesErrors) = (true, retriesErrors) }
    }
    #expect(try folder.read() == results && folder.read("out.job.json") == manifest)
    #expect(!FileManager.default.fileExists(atPath: folder.path("out.retry")))
    return error?.description ?? ""
  }

  @Test func areWrittenLikeAllOthers() throws {
    let summary = try retry(Self.mended)
    #expect(summary.items == 3 && summary.earlierItems == 2 && summary.errorsInAll == 0)
    #expect(try folder.lines().sorted() == folder.lines("wanted").sorted())
    // It is the job of these items from now on.
    #expect(try folder.run { $0.resumes = true }.items == 0)
    #expect(try ResultMerge([folder.path("out")], input: folder.path("in")).run { _ in }.isWhole)
  }

  /// One after the other, with others that are as bad as before.
  @Test func needNotBeAll() throws {
    var lines = Self.bad
    for number in [5, 1, 3] {
      lines[number] = Self.mended[number]
      _ = try retry(lines)
    }
    #expect(try folder.lines().sorted() == folder.lines("wanted").sorted())
  }

  /// A run that was ended when the errors were gone, and nothing said yet of which items the job is.
  @Test func areTakenAfterAKill() throws {
    let texts = try folder.lines().filter { !$0.contains(#""error""#) }
    try folder.write(texts, to: "out")
    #expect(try retry(Self.mended).items == 3)
    #expect(try folder.lines().sorted() == folder.lines("wanted").sorted())
  }

  @Test func theRefusalOfAPlainResumeNamesTheLineAndTheWay() throws {
    let message = try refusal(Self.mended, retriesErrors: false)
    #expect(message.contains("is not what that was: line 2 has changed.") && message.contains("with --retry-errors it"))
  }

  @Test func linesWithATextStayAsTheyAre() throws {
    var lines = Self.mended
    lines[4] = #"{"id":"c","prompt":"other"}"#
    #expect(try refusal(lines).contains("has the text of line 5 of the input, and that line has changed since"))
  }

  /// Where items are put in, taken away or moved, it is another input.
  @Test(arguments: [
    Array(MendedLineTests.mended.dropLast(2)), Array(MendedLineTests.mended.dropFirst()),
    [#"{"prompt":"new"}"#] + MendedLineTests.mended, MendedLineTests.mended.filter { !$0.isEmpty },
    Array(MendedLineTests.mended.reversed()),
  ])
  func otherInputsAreRefused(_ lines: [String]) throws { _ = try refusal(lines) }

  @Test func linesOfTextAreMended() throws {
    try folder.write([0x61, 0x0A, 0x0A, 0xFF, 0x0A, 0x62, 0x0A] as [UInt8])
    #expect(try folder.run(to: "text") { $0.isText = true }.errors == 1)
    try folder.write("a\n\nc\nb\n".utf8)
    let summary = try folder.run(to: "text") { ($0.isText, $0.resumes, $0.retriesErrors) = (true, true, true) }
    #expect(summary.items == 1 && summary.errorsInAll == 0)
  }
}
