internal import System
import Foundation
import GPT2
import JSON
import Testing

@testable import Batch

/// Parts of a job, put together.
@Suite struct MergeTests {
  private static let lines = Items.lines(60) + ["{", "", #"{"id":"item 0","prompt":"again"}"#, #"{"id":"e"}"#]

  /// A job that was written once as a whole, `wanted`, and once in parts, `part0` and on.
  private func folder(parts: Int = 3) throws -> JobFolder {
    let folder = try JobFolder()
    try folder.write(Self.lines)
    try folder.run(to: "wanted") { $0.isOrdered = true }
    for part in 0..<parts { try run(folder, "part\(part)", "\(part)/\(parts)") }
    return folder
  }

  private func run(_ folder: JobFolder, _ name: String, _ shard: String, seed: UInt64 = 7) throws {
    try folder.run(to: name, seed: seed) { $0.shard = Shard(shard) ?? .whole }
  }

  private func merge(_ folder: JobFolder, _ parts: [String], input: String? = "in") throws -> ResultMerge {
    try ResultMerge(parts.map(folder.path), input: input.map(folder.path))
  }

  private func report(_ folder: JobFolder, _ parts: [String], input: String? = "in") throws -> MergeReport {
    try merge(folder, parts, input: input).run { _ in }
  }

  @Test(arguments: ["in", nil])
  func partsBecomeTheWhole(_ input: String?) throws {
    let folder = try folder()
    let report = try merge(folder, ["part2", "part0", "part1"], input: input).write(to: folder.path("out"))
    #expect(try folder.read("out") == folder.read("wanted"))
    #expect(report.isWhole && report.items == 63 && report.errors == 3 && report.problems.isEmpty)
    // What was merged is a job's results again, where it is known to be all.
    #expect((access(folder.path("out.job.json"), F_OK) == 0) == (input != nil))
    if input == nil { return }
    #expect(try self.report(folder, ["out"]).isWhole)
    let (merged, wanted) = try (
      JobManifest(besides: folder.path("out")), JobManifest(besides: folder.path("wanted"))
    )
    #expect(merged.difference(from: wanted, of: .jobs) == nil)
  }

  @Test func aPartIsComparedWithItsItems() throws {
    let folder = try folder()
    let report = try report(folder, ["part1"])
    #expect(report.missing.count == 0 && report.missingShards.first == ["0/3", "2/3"] && !report.isWhole)
    #expect(report.problems == ["2 shards are missing: 0/3, 2/3."])
  }

  @Test func whatIsMissingIsNamed() throws {
    let folder = try folder(parts: 1)
    let lines = try folder.lines("part0").filter { !$0.contains(#""id":"item 10""#) && !$0.contains(#""c24""#) }
    try folder.write(lines, to: "part0")
    let found = try report(folder, ["part0"])
    #expect(found.missing.first == ["item 10", "c24"] && !found.isWhole)
    #expect(found.problems == ["2 items have no result: item 10, c24."])
    let alone = try report(folder, ["part0"], input: nil)
    #expect(alone.missing.first == ["item 10 of the input", "item 24 of the input"])
  }

  /// One line of a strange place costs nothing: the places between are counted, not looked at.
  @Test(arguments: ["in", nil])
  func placesFarAwayCostNothing(_ input: String?) throws {
    let folder = try folder(parts: 1)
    let wanted = try folder.lines("part0")
    try folder.write(wanted + [#"{"id":"far","index":4294967294,"text":"x"}"#], to: "part0")
    var lines = 0
    let found = try merge(folder, ["part0"], input: input).run { _ in lines += 1 }
    if input == nil {
      #expect(found.missing.count == 4_294_967_294 - wanted.count && lines == wanted.count + 1)
      #expect(found.missing.first.first == "item \(wanted.count) of the input" && found.missing.first.count == 5)
    } else {
      #expect(found.missing.count == 0 && found.foreign.first == ["far"] && lines == wanted.count)
    }
  }

  /// A line that a killed job left, and lines behind the last.
  @Test func tornLinesAreNoResults() throws {
    let folder = try folder(parts: 1)
    let bytes = Array(try folder.read("part0").utf8)
    try folder.write(bytes.dropLast(5), to: "part0")
    let found = try report(folder, ["part0"])
    #expect(found.torn == [folder.path("part0")] && found.missing.count == 1 && found.items == 62)
    try folder.write(bytes + Array("{}\n".utf8), to: "part0")
    let error = #expect(throws: JobError.self) { try report(folder, ["part0"]) }
    #expect(error?.description.contains("line 64 is no result") == true)
  }

  /// Items of none of the parts are missing, also where the parts are of different divisions.
  @Test func partsOfDifferentDivisionsHideNothing() throws {
    let folder = try folder(parts: 1)
    try run(folder, "half", "0/2")
    try run(folder, "third", "1/3")
    let found = try report(folder, ["half", "third"])
    #expect(try found.items + found.missing.count == folder.lines("wanted").count && found.missing.count > 5)
  }

  @Test func resultsThatAreBeingWrittenAreRefused() throws {
    let folder = try folder(parts: 1)
    let descriptor = open(folder.path("part0"), O_RDWR)
    defer { close(descriptor) }
    flock(descriptor, LOCK_EX)
    let error = #expect(throws: JobError.self) { try report(folder, ["part0"]) }
    #expect(error?.description.contains("is being written by a job") == true)
  }

  @Test func whatIsThereTwiceIsTakenOnce() throws {
    let folder = try folder(parts: 2)
    let report = try merge(folder, ["part0", "part1", "part1"]).write(to: folder.path("out"))
    #expect(try report.repeated.count == folder.lines("part1").count && !report.isWhole)
    #expect(try folder.read("out") == folder.read("wanted"))
    // It is not whole, so nothing says that it is.
    #expect(access(folder.path("out.job.json"), F_OK) != 0)
  }

  @Test func partsOfDifferentJobsAreRefused() throws {
    let folder = try folder(parts: 2)
    try run(folder, "other", "1/2", seed: 8)
    let error = #expect(throws: JobError.self) { try merge(folder, ["part0", "other"]) }
    #expect(error?.description.contains("are results of different jobs: seed is 7 and 8.") == true)
  }

  @Test func partsOfOtherDevicesAreTold() throws {
    let folder = try folder(parts: 2)
    try FileManager.default.removeItem(atPath: folder.path("part1"))
    var environment = JobFolder.environment
    environment.device = "another"
    try folder.run(to: "part1", environment: environment) { $0.shard = Shard("1/2") ?? .whole }
    let found = try report(folder, ["part0", "part1"])
    #expect(found.isWhole && found.differences.count == 1 && found.differences[0].contains("another"))
  }

  @Test func resultsOfAnotherInputAreRefused() throws {
    let folder = try folder(parts: 1)
    try folder.write(Self.lines.reversed(), to: "other")
    let error = #expect(throws: JobError.self) { try report(folder, ["part0"], input: "other") }
    #expect(error?.description.contains("is not what that was") == true)
    try FileManager.default.removeItem(atPath: folder.path("part0.job.json"))
    let found = try report(folder, ["part0"], input: "other")
    #expect(found.foreign.count > 50 && found.undescribed == [folder.path("part0")])
    try folder.write(Array(Self.lines.prefix(3)), to: "short")
    #expect(try report(folder, ["part0"], input: "short").foreign.count == 60)
  }

  @Test func resultsThatAreThereStay() throws {
    let folder = try folder(parts: 1)
    let before = try folder.read("wanted")
    #expect(throws: JobError.self) { try merge(folder, ["part0"]).write(to: folder.path("wanted")) }
    #expect(try folder.read("wanted") == before)
    try folder.write(["{}"], to: "part0")
    #expect(throws: JobError.self) { try merge(folder, ["part0"]).write(to: folder.path("out")) }
    #expect(access(folder.path("out"), F_OK) != 0)
  }

  /// Results that went through another program are results.
  @Test func otherSpellingsAreRead() throws {
    for line in [
      #"{ "id": "a", "index": 4, "text": "x" }"#, #"{"index":4,"id":"a","text":"x"}"#,
      #"{"id":"\u0061","index":4.0,"text":"x"}"#, #"{"id":"batch","custom_id":"a","index":4,"response":{}}"#,
    ] {
      let head = try #require(ResultHead(Array(line.utf8)[...]), "\(line)")
      #expect(head.index == 4 && head.id.string == "a" && !head.isError)
    }
    for line in [
      #"{"id":null,"index":0,"error":{"type":"invalid_json","message":""}}"#,
      #"{"id":"b","custom_id":7,"index":0,"response":null,"error":{"code":"x"}}"#,
    ] { #expect(ResultHead(Array(line.utf8)[...])?.isError == true) }
    for line in [
      "", "{", "{}", "[4]", #"{"id":"a","index":-1,"text":""}"#, #"{"id":"a","index":99999999999,"text":""}"#,
      #"{"id":"a","index":5,"text":"Once{"id":"b","index":6,"text":"x","tokens":1}"#,
      "{\"id\":\"a\",\"index\":5,\"text\":\"x\\\u{1}\"}", #"{"id":"a","index":5,"text":"x\}"#,
      "{\"id\":\"a\",\"index\":5,\"text\":\"\0\0\"}",
      #"{"id":[],"index":1,"text":""}"#, #"{"id":"a","index":1,"text":"#, #"{"id":"a\"#, #"{"id":"a}"#,
    ] { #expect(ResultHead(Array(line.utf8)[...]) == nil, "\(line)") }
  }

  /// An item and its result that begin alike need no parser.
  @Test func idsAreTheSameWhereTheyAreSpelledSo() {
    func begins(_ result: String, as item: String) -> Bool {
      ResultHead.begins(Array(result.utf8)[...], as: Array(item.utf8)[...])
    }
    for item in [#"{"id":"a","prompt":"x"}"#, #"{"id": "a", "prompt": "x"}"#, #"{ "id": "a","n":1}"#] {
      #expect(begins(#"{"id":"a","index":4,"text":"x"}"#, as: item))
      #expect(!begins(#"{"id":"b","index":4,"text":"x"}"#, as: item) && !begins(#"{"id":"a"#, as: item))
      #expect(!begins(#"{"id":null,"index":4,"error":{}}"#, as: item))
    }
    #expect(begins(#"{"id":"r","custom_id":7,"index":1}"#, as: #"{"custom_id":7,"body":{}}"#))
    #expect(!begins(#"{"id":"r","custom_id":7,"index":1}"#, as: #"{"id":"r","prompt":""}"#))
    #expect(begins(#"{"id":"a\",","index":4}"#, as: #"{"id":"a\",","prompt":""}"#))
    for item in ["", "{", "[1]", #"{"id":"a"}"#, #"{"prompt":"x","id":"a"}"#, #"{"id" : "a", "n": 1}"#] {
      #expect(!begins(#"{"id":"a","index":4,"text":"x"}"#, as: item), "\(item)")
    }
  }

  /// Of lines of text whose job's description is not there.
  @Test func textMayBeSaid() throws {
    let folder = try JobFolder()
    try folder.write(["a", "", "{}"])
    try folder.run(to: "out") { $0.isText = true }
    try FileManager.default.removeItem(atPath: folder.path("out.job.json"))
    func report(isText: Bool, _ results: String = "out") throws -> MergeReport {
      try ResultMerge([folder.path(results)], input: folder.path("in"), isText: isText).run { _ in }
    }
    #expect(try report(isText: false).foreign.count > 0)
    #expect(try report(isText: true).isWhole && report(isText: true).items == 3)
    try folder.write([#"{"prompt":"a"}"#])
    try folder.run(to: "json")
    let error = #expect(throws: JobError.self) { try report(isText: true, "json") }
    #expect(error?.description.contains("json was written without --text") == true)
  }

  @Test func tablesTurnPages() throws {
    let table = try PlaceTable()
    let places = [0, 5, 4095, 4096, 1 << 20, 3, 12_345]
    for place in places { try table.set(place, PlaceTable.Place(offset: place * 7, count: 2, part: 1)) }
    for place in places { #expect(try table[place]?.offset == place * 7) }
    for place in [1, 4097, 999_999] { #expect(try table[place] == nil) }
    #expect(table.count == (1 << 20) + 1)
    #expect(table.ranges == [0..<4096, 4096..<8192, 12_288..<16_384, (1 << 20)..<(1 << 20) + 1])
  }
}
