internal import System
@testable import Engine
import GPT2
import JSON
import Testing

@testable import Batch

/// Whole jobs, with made-up tokens.
@Suite struct BatchJobTests {
  /// The lines without the items' places, in one order.
  private func texts(_ folder: JobFolder, _ name: String = "out") throws -> [String] {
    try folder.lines(name).map { line in
      line.replacing(/"index":[0-9]+,"(text|response|error)/) { "\"\($0.output.1)" }
    }.sorted()
  }

  @Test func aTextDependsOnItsItemAlone() throws {
    let items = Items.lines(61)
    let folder = try JobFolder()
    try folder.write(items)
    try folder.run(FakeRunner(batchSize: 1), to: "alone")
    let alone = try texts(folder, "alone")
    #expect(alone.count == 61 && Set(alone).count == 61)
    for size in [7, 64] {
      try folder.run(FakeRunner(batchSize: size), to: "together \(size)")
      #expect(try texts(folder, "together \(size)") == alone)
    }
    var generator = SystemRandomNumberGenerator()
    try folder.write(items.shuffled(using: &generator))
    try folder.run(to: "shuffled")
    #expect(try texts(folder, "shuffled") == alone)
    try folder.run(to: "other seed", seed: 8)
    #expect(try texts(folder, "other seed") != alone)
  }

  @Test(arguments: [1, 2, 7])
  func shardsMergedAreTheWhole(_ count: Int) throws {
    let folder = try JobFolder()
    // With lines that are no items, each of which one shard tells about.
    try folder.write(Items.lines(40) + ["{", "", #"{"id":"item 0","prompt":"again"}"#, "{}"])
    try folder.run(to: "whole")
    var merged: [String] = []
    for index in 0..<count {
      try folder.run(to: "part \(index)") { $0.shard = Shard("\(index)/\(count)") ?? .whole }
      merged += try folder.lines("part \(index)")
    }
    #expect(merged.sorted() == (try folder.lines("whole").sorted()))
    #expect(merged.count == 43)
  }

  @Test func resultsHoldWhatTheContractNames() throws {
    let folder = try JobFolder()
    try folder.write(Items.lines(5) + [#"{"id":"l","prompt":"x","logprobs":true,"max_new_tokens":2}"#])
    let summary = try folder.run { $0.isOrdered = true }
    #expect(summary.items == 6 && summary.errors == 0 && summary.interruption == nil)
    let results = try folder.results()
    let keys = ["id", "index", "text", "tokens", "finish_reason", "seed"]
    #expect(results[0].members?.map(\.key) == keys)
    #expect(results[0]["id"]?.string == "item 0" && results[0]["index"]?.integer == 0)
    #expect(results[0]["text"]?.string?.hasPrefix("My dream is") == true && results[0]["seed"]?.integer == 7)
    #expect(results[1]["id"]?.integer == 1001 && results[1]["tokens"]?.integer == 2)
    #expect(results[2].members?.map(\.key) == keys + ["sequences"] && results[2]["seed"]?.integer == 2)
    let sequences = try #require(results[2]["sequences"]?.array)
    #expect(sequences.count == 3 && sequences[0]["text"]?.string == results[2]["text"]?.string)
    #expect(sequences.allSatisfy { $0.members?.map(\.key) == ["text", "tokens", "finish_reason"] })
    #expect(results[3]["text"]?.string?.hasPrefix("3") == false)
    #expect(results[4].members?.map(\.key) == ["id", "custom_id", "index", "response", "error"])
    let body = try #require(results[4]["response"]?["body"])
    #expect(results[4]["response"]?["status_code"]?.integer == 200 && body["object"]?.string == "text_completion")
    #expect(body["choices"]?.array?.count == 2 && body["usage"]?["prompt_tokens"]?.integer ?? 0 > 0)
    #expect(["stop", "length"].contains(body["choices"]?.array?[1]["finish_reason"]?.string))
    #expect(results[5]["token_ids"]?.array?.count == 2 && results[5]["logprobs"]?.array != nil)
  }

  @Test func orderIsKeptAndFewLinesWait() throws {
    let folder = try JobFolder()
    // The first takes long, and the others could be done beside it.
    let items = [#"{"prompt":"x","max_new_tokens":100,"ignore_eos":true,"min_new_tokens":100}"#]
    try folder.write(items + (0..<3000).map { _ in #"{"prompt":[5],"max_new_tokens":1}"# })
    let runner = FakeRunner(batchSize: 64)
    let summary = try folder.run(runner) { $0.isOrdered = true }
    #expect(try folder.results().map { $0["index"]?.integer } == Array(0..<3001))
    // Samples that are not run beside the first, because too much would wait for it, take steps of their own.
    let others = (3000 - 1024 - 64) / 64
    #expect(summary.statistics?.steps ?? 0 >= 100 + others)
  }

  @Test func theWindowOfOrderIsBounded() throws {
    let folder = try JobFolder()
    let sink = ResultSink(try ResultFile(folder.path("out"), continues: false), isOrdered: true)
    for ordinal in 1...1024 {
      #expect(!sink.isFull)
      try sink.write([0x61, 0x0A], ordinal: ordinal, isError: false)
    }
    #expect(sink.isFull && sink.counts.items == 0)
    try sink.write([0x62, 0x0A], ordinal: 0, isError: true)
    #expect(!sink.isFull && sink.counts.items == 1025 && sink.counts.errors == 1)
    try sink.close()
    #expect(try folder.lines().first == "b")
  }

  @Test func badItemsDoNotStopTheJob() throws {
    let folder = try JobFolder()
    var bytes = Array("{\n".utf8) + [0x7B, 0xFF, 0x0A]
    bytes += Array(
      """
      {"id":"a","prompt":"x"}\r
      {"id":"a","prompt":"y"}

      {"id":"b","prompt":"x","top":1}
      {"id":4,"prompt":"x"}
      {"prompt":[600],"id":"f","n":2}
      {"custom_id":"c","body":{"prompt":"x","tools":[]}}
      {"prompt":"no line feed"}
      """.utf8)
    try folder.write(bytes)
    let summary = try folder.run(FakeRunner(failing: [600])) { $0.isOrdered = true }
    #expect(summary.items == 9 && summary.errors == 6)
    let results = try folder.results()
    #expect(
      results.map { ($0["error"]?["type"] ?? $0["error"]?["code"])?.string } == [
        "invalid_json", "invalid_encoding", nil, "duplicate_id", "invalid_item", nil, "generation_failed",
        "invalid_item", nil,
      ])
    #expect(results[4].members?.map(\.key) == ["id", "index", "error"] && results[4]["id"]?.string == "b")
    #expect(results[7]["custom_id"]?.string == "c" && results[7]["response"]?.isNull == true)
    #expect(results[8]["id"]?.integer == 10 && results[8]["index"]?.integer == 8)
  }

  @Test func lineNumbersMayCollideWithIDs() throws {
    let folder = try JobFolder()
    try folder.write([#"{"prompt":"x"}"#, #"{"prompt":"x","id":"1"}"#])
    #expect(try folder.run().errors == 1)
  }

  /// A pair of one FNV-1a hash of 64 bits.
  @Test func idsOfOneHashAreTwo() throws {
    let folder = try JobFolder()
    try folder.write(["8yn0iYCKYHlIj4-BwPqk", "GReLUrM4wMqfg9yzV3KQ"].map { #"{"prompt":"x","id":"\#($0)"}"# })
    #expect(try folder.run().errors == 0)
  }

  @Test func textLinesAreAllPrompts() throws {
    let folder = try JobFolder()
    try folder.write("My dream\n\n{\"prompt\":1}\r\nlast".utf8)
    #expect(try folder.run { $0.isText = true }.errors == 0)
    let results = try folder.results()
    #expect(results.compactMap { $0["id"]?.integer }.sorted() == [1, 2, 3, 4])
    let third = try #require(results.first { $0["id"]?.integer == 3 })
    #expect(third["text"]?.string?.hasPrefix(#"{"prompt":1}"#) == true)
  }

  @Test(arguments: ["", "\n", " \n\t\r\n"])
  func noItems(_ input: String) throws {
    let folder = try JobFolder()
    try folder.write(input.utf8)
    let summary = try folder.run()
    #expect(summary.items == 0 && summary.errors == 0)
    #expect(try folder.read().isEmpty)
  }

  @Test func stopStringsEndTexts() throws {
    let folder = try JobFolder()
    try folder.write([#"{"prompt":"x","stop":["e","a"," "],"max_new_tokens":50,"return_full_text":false}"#])
    try folder.run()
    let result = try folder.results()[0]
    #expect(result["finish_reason"]?.string == "stop" && result["tokens"]?.integer ?? 50 < 50)
    #expect(result["text"]?.string?.contains { "ea ".contains($0) } == false)
  }

  @Test func aFullDiskIsToldApart() throws {
    let folder = try JobFolder()
    try folder.write(Items.lines(3))
    do {
      try folder.run { $0.output = "/dev/full" }
      Issue.record("nothing can be written there")
    } catch let error as WriteError {
      #expect(error.isOutOfSpace && error.description.hasPrefix("/dev/full cannot be written: No space"))
    }
  }

  @Test func filesThatCannotBeUsed() throws {
    let folder = try JobFolder()
    try folder.write(Items.lines(3))
    func problem(_ change: @escaping (inout JobOptions) -> Void) -> String {
      do {
        try folder.run(FakeRunner(), change)
        return ""
      } catch {
        return (error as? JobError)?.description ?? "\(error)"
      }
    }
    #expect(problem { $0.input = "/no/such/file" } == "/no/such/file cannot be read: No such file or directory.")
    #expect(problem { $0.input = folder.path("") }.hasSuffix("cannot be read: it is a folder."))
    #expect(problem { $0.output = "/no/such/folder/out" }.contains("cannot be written: No such file"))
    #expect(problem { ($0.output, $0.resumes) = ("-", true) }.contains("--resume needs results in a file"))
    #expect(problem { ($0.output, $0.resumes) = ("/dev/null", true) }.contains("--resume needs results in a file"))
    #expect(problem { $0.output = "/dev/null" }.isEmpty)
  }
}
