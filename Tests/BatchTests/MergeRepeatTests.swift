import Foundation
import Testing

@testable import Batch

/// Results that stand in one place, in parts that may be of different jobs.
@Suite struct MergeRepeatTests {
  private let folder: JobFolder

  init() throws { folder = try JobFolder() }

  /// The results of a job with these items.
  private func job(_ name: String, _ lines: [String], resuming: Bool = false) throws {
    try folder.write(lines, to: "in-\(name)")
    try folder.run(to: name) { options in
      options.input = folder.path("in-\(name)")
      (options.resumes, options.retriesErrors) = (resuming, resuming)
    }
  }

  private func merge(_ parts: [String]) throws -> ResultMerge { try ResultMerge(parts.map(folder.path), input: nil) }

  /// Nothing beside the results says that they are of different jobs.
  private func undescribe(_ names: [String]) throws {
    for name in names { try FileManager.default.removeItem(atPath: folder.path(name) + ".job.json") }
  }

  /// Of the inputs, one is longer, and so might be the other grown; or nothing is known of them.
  @Test(arguments: [false, true])
  func itemsOfOtherInputsAreNotDropped(_ isUndescribed: Bool) throws {
    try job("a", [#"{"id":"A","prompt":"x"}"#])
    try job("c", [#"{"id":"B","prompt":"y"}"#, #"{"id":"C","prompt":"z"}"#])
    for name in ["a", "c"] where isUndescribed { try FileManager.default.removeItem(atPath: folder.path("in-\(name)")) }
    if isUndescribed { try undescribe(["a", "c"]) }
    for parts in [["a", "c"], ["c", "a"]] {
      let error = #expect(throws: JobError.self) { try merge(parts).write(to: folder.path("out")) }
      let message = error?.description ?? ""
      let first = "is \(parts[0] == "a" ? "A" : "B") in \(folder.path(parts[0])) and "
      let wanted = isUndescribed ? first : "are results of different jobs: they were written from"
      #expect(message.contains(wanted), "\(message)")
      #expect(!FileManager.default.fileExists(atPath: folder.path("out")))
    }
  }

  /// The manifests alone do not tell, where the inputs are gone: the items do.
  @Test func inputsThatAreGoneAreToldApartByTheirItems() throws {
    try job("a", [#"{"id":"A","prompt":"x"}"#])
    try job("c", [#"{"id":"B","prompt":"y"}"#, #"{"id":"C","prompt":"z"}"#])
    for name in ["in-a", "in-c"] { try FileManager.default.removeItem(atPath: folder.path(name)) }
    let error = #expect(throws: JobError.self) { try merge(["a", "c"]).run { _ in } }
    #expect(error?.description.hasPrefix("The results are of different inputs: item 0") == true)
  }

  @Test func anInputThatGrewIsOne() throws {
    let lines = [#"{"id":"A","prompt":"x"}"#, #"{"id":"B","prompt":"y"}"#, #"{"id":"C","prompt":"z"}"#]
    try job("a", [lines[0]])
    try job("c", lines)
    let report = try merge(["a", "c"]).run { _ in }
    #expect(report.items == 3 && report.repeated.first == ["A"] && report.differing.count == 0)
  }

  @Test func resultsThatDifferAreToldFromThoseThatAreThereTwice() throws {
    func line(_ id: Int, _ text: String) -> String { #"{"id":\#(id),"index":\#(id),"text":"\#(text)","tokens":1}"# }
    try folder.write([line(0, "x"), line(1, "x")], to: "a")
    try folder.write([line(0, "x"), line(1, "y"), line(2, "x")], to: "b")
    let report = try merge(["a", "b"]).write(to: folder.path("out"))
    #expect(report.repeated.first == ["0", "1"] && report.differing.first == ["1"] && !report.isWhole)
    #expect(report.problems.last == "1 of these is not the same as the first, which was taken: 1.")
    #expect(try folder.lines("out") == [line(0, "x"), line(1, "x"), line(2, "x")])
  }

  /// A part that was tried again elsewhere.
  @Test(arguments: [["a", "b"], ["b", "a"]])
  func aTextGoesBeforeAnError(_ parts: [String]) throws {
    let error = #"{"id":"A","index":0,"error":{"type":"generation_failed","message":"","retry":true}}"#
    let text = #"{"id":"A","index":0,"text":"x","tokens":1}"#
    try folder.write([error], to: "a")
    try folder.write([text], to: "b")
    let report = try merge(parts).write(to: folder.path("out"))
    #expect(report.isWhole && report.items == 1 && report.errors == 0)
    #expect(try folder.lines("out") == [text])
  }

  @Test func nothingIsMergedOntoWhatItIsMadeOf() throws {
    try job("a", [#"{"id":"A","prompt":"x"}"#])
    let before = try folder.read("a")
    try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: folder.path("a"))
    for name in ["a", "link"] {
      let error = #expect(throws: JobError.self) { try merge(["a"]).write(to: folder.path(name)) }
      #expect(error?.description == "\(folder.path(name)) is one of the parts: choose another --out.")
    }
    let withItems = try ResultMerge([folder.path("a")], input: folder.path("in-a"))
    let error = #expect(throws: JobError.self) { try withItems.write(to: folder.path("in-a")) }
    #expect(error?.description.contains("has the items") == true)
    #expect(try folder.read("a") == before)
  }
}
