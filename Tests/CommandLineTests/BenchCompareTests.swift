import Foundation
import JSON
import TestSupport
import Testing

/// Comparisons of results that are written by hand: their rates are known.
@Suite struct BenchCompareTests {
  private let folder = try? TemporaryFolder()

  /// A result of one row or several, by their batches and their decode rates.
  private func file(
    _ name: String, _ rows: [(batch: Int, rates: [Double])], device: String = "GPU", parameters: Int = 7,
    interrupted: Bool = false
  ) throws -> String {
    let list = rows.map { row -> JSON in
      let sample: JSON = ["values": .array(row.rates.map { .number($0) })]
      return [
        "device_name": .string(device), "precision": .string("fp16"), "batch": .integer(row.batch),
        "prompt_tokens": .string("32"), "new_tokens": .string("8"), "items": .integer(row.batch),
        "status": .string(row.rates.isEmpty ? "failed" : "measured"), "hash": .string("abc"),
        "decode": row.rates.isEmpty ? .null : ["tokens_per_s": sample],
        "end_to_end": row.rates.isEmpty ? .null : ["tokens_per_s": sample],
      ]
    }
    let json: JSON = [
      "format": .string("gpt2-gpu bench 1"), "model": ["parameters": .integer(parameters)], "sampling": .object([]),
      "interrupted": .boolean(interrupted), "rows": .array(list),
    ]
    return try #require(folder).write(json.text.utf8, to: name).path
  }

  private func verdicts(_ before: [Double], _ after: [Double], _ options: String...) throws -> (Int32, [String]) {
    let run = try Program.run(
      ["bench", "compare", file("a", [(1, before)]), file("b", [(1, after)]), "--format", "json"] + options)
    let lines = try #require(try run.json["lines"]?.array)
    return (run.status, lines.compactMap { $0["verdict"]?.string })
  }

  @Test func verdictsRespectTheSpread() throws {
    #expect(try verdicts([100, 101, 102], [100, 101, 102]) == (0, ["same", "same"]))
    #expect(try verdicts([100, 101, 102], [80, 81, 82]) == (3, ["slower", "slower"]))
    #expect(try verdicts([80, 81, 82], [100, 101, 102]) == (0, ["faster", "faster"]))
    #expect(try verdicts([80, 101, 102], [79, 81, 82]) == (0, ["same", "same"]))  // the ranges touch
    #expect(try verdicts([100, 100.1, 100.2], [99, 99.1, 99.2]) == (0, ["same", "same"]))  // under the threshold
    #expect(try verdicts([100, 100.1, 100.2], [99, 99.1, 99.2], "--threshold", "0.5") == (3, ["slower", "slower"]))
    #expect(try verdicts([100], [96]) == (0, ["same", "same"]))  // one measurement has no spread
    #expect(try verdicts([100], [90]) == (3, ["slower", "slower"]))
    #expect(try verdicts([100], []) == (3, ["lost", "lost"]))
    #expect(try verdicts([], [100]) == (0, ["new", "new"]))
  }

  @Test func theTableSaysWhatChanged() throws {
    let run = try Program.run("bench", "compare", file("a", [(1, [100, 101, 102])]), file("b", [(1, [50, 51, 52])]))
    #expect(run.status == 3 && run.output.contains("-49.5%") && run.output.contains("slower"))
    #expect(run.errors == "gpt2-gpu: Something got slower.\n")
  }

  @Test func differentWorkIsRefused() throws {
    let one = try file("one", [(1, [100, 101, 102])])
    for other in [
      try file("batch", [(2, [100, 101, 102])]), try file("model", [(1, [100, 101, 102])], parameters: 8),
    ] {
      for pair in [[one, other], [other, one]] {
        let run = try Program.run(["bench", "compare"] + pair)
        #expect(run.status == 2 && run.errors.contains("different work") && run.output.isEmpty, "\(run.errors)")
      }
    }
  }

  @Test func rowsOfOneAloneAreListed() throws {
    let one = try file("one", [(1, [100, 101, 102])])
    let more = try file("more", [(1, [80, 81, 82]), (2, [100, 101, 102]), (4, [100, 101, 102])])
    let run = try Program.run("bench", "compare", one, more)
    #expect(run.status == 3 && run.output.contains("slower"))
    for batch in [2, 4] { #expect(run.output.contains("Only \(more) has GPU, fp16, batch \(batch), ")) }
    #expect(try Program.run("bench", "compare", more, one).status == 0)
    for pair in [[one, more], [more, one]] {
      let strict = try Program.run(["bench", "compare", "--strict"] + pair)
      #expect(strict.status == 2 && strict.errors.contains("only \(more) has"), "\(strict.errors)")
    }
  }

  @Test func aTerminalShowsItWithinEightyColumns() throws {
    let (one, two) = (try file("one", [(1, [100, 101, 102])]), try file("two", [(1, [50, 51, 52]), (2, [1])]))
    let run = try TerminalRun(["bench", "compare", one, two])
    #expect(run.status() == 3 && run.screen.contains("-49.5 %") && !run.screen.contains("|"))
    for line in run.drawn { #expect(line.count <= 80, "\(line)") }
  }

  @Test func anotherDeviceAndAStoppedRunAreNamed() throws {
    let one = try file("one", [(1, [100, 101, 102])])
    let device = try Program.run("bench", "compare", one, file("two", [(1, [100, 101, 102])], device: "CPU"))
    #expect(device.status == 0 && device.output.contains("The devices differ"))
    let whole = try file("whole", [(1, [100, 101, 102]), (2, [100, 101, 102])])
    let stopped = try file("stopped", [(1, [100, 101, 102])], interrupted: true)
    let run = try Program.run("bench", "compare", whole, stopped)
    #expect(run.status == 0 && run.output.contains("was stopped before its end"))
  }

  @Test func whatIsNoResultIsRefused() throws {
    let folder = try #require(folder)
    let result = try file("result", [(1, [100])])
    for (content, message) in [
      ("{}", "is no result"), ("no JSON", "not valid JSON"), (#"{"format":"gpt2-gpu bench 0","rows":[]}"#, "format"),
    ] {
      let other = try folder.write(content.utf8, to: "other").path
      let run = try Program.run("bench", "compare", result, other)
      #expect(run.status == 2 && run.errors.contains(message), "\(run.errors)")
    }
    #expect(try Program.run("bench", "compare", result, "/no/such/file").status == 2)
    #expect(try Program.run("bench", "compare", result).status == 2)
  }
}
