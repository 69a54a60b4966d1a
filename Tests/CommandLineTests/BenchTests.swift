import Foundation
import JSON
import TestSupport
import Testing

/// Benchmarks of the demo model with a few tokens: that their output is right, not how fast anything is.
@Suite(.serialized) struct BenchTests {
  private let device = Program.hasDevice ? "0" : "cpu"
  private let small = ["--prompt-tokens", "3", "--new-tokens", "4", "--repeat", "2", "--warm-up", "0"]

  private func bench(_ options: String...) throws -> Program.Run {
    try Program.run(["bench", "--device", device] + small + options)
  }

  @Test func jsonHoldsWhatItsContractNames() throws {
    let run = try bench("--batch", "1,3", "--format", "json")
    #expect(run.status == 0, "\(run.errors)")
    let json = try run.json
    #expect(json["format"]?.string == "gpt2-gpu bench 1" && json["interrupted"]?.boolean == false)
    #expect(json["model"]?["name"]?.string == "demo" && json["model"]?["made_up"]?.boolean == false)
    #expect((json["devices"]?.array?.first?["limits"]?["read_bytes_per_s"]?.number ?? 0) > 0)
    let rows = try #require(json["rows"]?.array)
    #expect(rows.map { $0["batch"]?.integer } == [1, 3])
    for row in rows {
      #expect(row["status"]?.string == "measured" && row["reproduced"]?.boolean == true)
      for phase in ["prefill", "decode", "end_to_end"] {
        let rate = try #require(row[phase]?["tokens_per_s"])
        #expect(rate["values"]?.array?.count == 2 && (rate["median"]?.number ?? 0) > 0, "\(phase)")
      }
      #expect((row["decode"]?["share_of_read"]?.number ?? 0) > 0 && (row["prefill"]?["share_of_fma"]?.number ?? 0) > 0)
      #expect((row["time_to_first_token_s"]?["median"]?.number ?? 0) > 0 && row["hash"]?.string?.count == 16)
      #expect((row["compile_s"]?.number ?? -1) >= 0)
      #expect((row["step_s"]?["count"]?.integer ?? 0) == 6)  // three steps after the first token, two repeats
    }
  }

  @Test func theSameWorkWritesTheSame() throws {
    func hashes(_ options: String...) throws -> [String?] {
      let run = try Program.run(["bench", "--device", device, "--format", "json"] + small + options)
      return try #require(try run.json["rows"]?.array).map { $0["hash"]?.string }
    }
    let first = try hashes()
    #expect(try hashes() == first && hashes("--seed", "5") != first && hashes("--greedy") != first)
  }

  @Test func raggedWorkIsDoneInCompany() throws {
    let run = try Program.run(
      "bench", "--device", device, "--prompt-tokens", "2-9", "--new-tokens", "1-5", "--items", "7", "--batch", "3",
      "--repeat", "1", "--format", "jsonl")
    #expect(run.status == 0, "\(run.errors)")
    let row = try run.json
    #expect(row["prompt_tokens"]?.string == "2-9" && row["items"]?.integer == 7 && row["status"]?.string == "measured")
    #expect(row["engine"]?.string?.hasPrefix("gpt2-gpu ") == true && row["model"]?["name"]?.string == "demo")
  }

  @Test func tablesHaveALineForEachRow() throws {
    let table = try bench("--batch", "1,2", "--precision", "auto,fp32").output
    #expect(table.contains("device \(device): ") && table.contains("| decode tok/s |"))
    let csv = try bench("--format", "csv").output.split(separator: "\n")
    #expect(csv.count == 2 && csv[0].hasPrefix("engine,started,model,"))
    #expect(csv[0].split(separator: ",").count == csv[1].split(separator: ",", omittingEmptySubsequences: false).count)
  }

  /// A shape of one's own would do, but a prompt longer than the context is enough.
  @Test func whatCannotRunSaysSoAndTheOthersGoOn() throws {
    let run = try Program.run(
      "bench", "--device", device, "--prompt-tokens", "3,5000", "--new-tokens", "2", "--repeat", "1", "--format", "json"
    )
    #expect(run.status == 0)
    let rows = try #require(try run.json["rows"]?.array)
    #expect(rows.map { $0["status"]?.string } == ["measured", "skipped"])
    #expect(rows[1]["reason"]?.string?.contains("context of 256") == true)

    let huge = try bench("--batch", "100m", "--format", "json")
    #expect(huge.status == 3 && huge.errors.contains("No combination could run"))
    #expect(try huge.json["rows"]?.array?.first?["reason"]?.string?.contains("1024 sequences") == true)

    let other = try Program.run(["bench", "--device", "cpu", "--precision", "fp32,fp16", "--format", "json"] + small)
    #expect(other.status == 0)
    #expect(try other.json["rows"]?.array?.last?["reason"]?.string?.contains("fp32 only") == true)
  }

  @Test func theReportIsOnePageWithoutScripts() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/report.html"
    #expect(try bench("--batch", "1,2", "--report", path, "--profile").status == 0)
    let page = try String(contentsOfFile: path, encoding: .utf8)
    #expect(page.hasPrefix("<!doctype html>") && page.hasSuffix("</html>\n"))
    #expect(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"))
    for part in ["Decode rate by batch", "Decode by device and precision", "roof", "All measurements"] {
      #expect(page.contains(part), "\(part)")
    }
    #expect(page.contains("Time by kernel") == (device != "cpu"))
  }

  @Test func aReportWithoutRoomIsNamed() throws {
    let run = try bench("--report", "/dev/full")
    #expect(run.status == 6 && run.errors.contains("/dev/full cannot be written: No space"), "\(run.errors)")
  }

  @Test func impossibleSweepsAreUsageErrors() throws {
    for (options, message) in [
      (["--repeat", "0"], "--repeat is 0"), (["--batch", "1,0"], "--batch is 0"), (["--items", "0"], "--items is 0"),
      (["--warm-up", "-1"], "--warm-up is -1"), (["--prompt-tokens", "0"], "invalid"),
      (["--prompt-tokens", "9-3"], "invalid"), (["--batch", "1,,2"], "invalid"), (["--precision", "fp99"], "invalid"),
      (["--prompt-tokens", "300"], "context holds 256"),
      (["--report", "/no/such/folder/report.html"], "cannot be written"),
    ] {
      let run = try Program.run(["bench", "--device", device] + options)
      #expect(run.status == 2 && run.errors.contains(message) && run.output.isEmpty, "\(options): \(run.errors)")
    }
    for name in ["99", "no such device", "cpu,", ""] {
      let run = try Program.run("bench", "--device", name)
      #expect(run.status == 5 && run.errors.contains("The devices here are"), "\(name): \(run.errors)")
    }
    #expect(try Program.run("bench", "--model", "/no/such/model", "--device", device).status == 4)
  }

  /// Twenty thousand rows would take hours. The second is told of once the first is done.
  @Test func anInterruptLeavesWhatIsDone() throws {
    let folder = try TemporaryFolder()
    let run = try Program.shell(
      """
      cd "\(folder.path)"
      "$PROGRAM" bench --device \(device) --prompt-tokens 2 --new-tokens 2 --repeat 1 --format json \
      --batch 1\(String(repeating: ",1", count: 20_000)) --progress 2>progress &
      job=$!
      await $job '[ $(grep -c "batch 1," progress) -ge 2 ]'
      kill -INT $job
      wait $job
      echo "status $?" >&2
      """)
    #expect(run.errors.contains("status 130"), "\(run.errors)")
    let json = try run.json
    #expect(json["interrupted"]?.boolean == true && (json["rows"]?.array?.count ?? 0) > 0)
  }
}
