import Foundation
import JSON
import TestSupport
import Testing

/// The search from the command line: what it says, keeps and changes, not what it finds.
@Suite(.serialized, .requiresDevice) struct TuneTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ command: String, _ options: String...) throws -> Program.Run {
    try Program.run([command, "--device", "0"] + options, environment: ["GPT2_GPU_CACHE": folder.path])
  }

  private var files: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path("tuning"))) ?? []).sorted()
  }

  private func hashes(_ family: String) throws -> [String?] {
    let run = try run(
      "bench", "--kernels", family, "--batch", "1,9", "--prompt-tokens", "20", "--new-tokens", "4", "--repeat", "1",
      "--warm-up", "0", "--format", "json")
    return try #require(try run.json["rows"]?.array).map { $0["hash"]?.string }
  }

  /// What was found is used, and changes no text.
  @Test(.enabled(if: Tier.isFull, "It takes long."), arguments: [("simd", "1,16", 7), ("simt", "16", 7)])
  func textsStayTheSame(_ family: String, _ rows: String, _ count: Int) throws {
    let before = try hashes(family)
    let run = try run("tune", "--kernels", family, "--rows", rows, "--time-limit", "3600", "--format", "json")
    #expect(run.status == 0, "\(run.errors)")
    let json = try run.json
    let operations = try #require(json["operations"]?.array)
    #expect(operations.count == count && json["left_out"]?.array?.isEmpty == true)
    #expect(json["kernels"]?.string == family && json["precision"]?.string == "fp16")
    for operation in operations {
      #expect((operation["default_s"]?.number ?? 0) > 0 && (operation["best_s"]?.number ?? 0) > 0)
      #expect(operation["rejected"]?.array?.isEmpty == true)
    }
    #expect(files.count == 1 && json["file"]?.string == folder.path("tuning/\(files[0])"))

    // Whatever was best: everything there is to choose, in turn, must leave the texts as they are.
    let path = folder.path("tuning/\(files[0])")
    let kept = try String(contentsOfFile: path, encoding: .utf8)
    #expect(try hashes(family) == before)
    for (name, usual, other) in [
      ("width", 32, 8), ("width", 8, 16), ("height", 16, 64), ("height", 12, 8), ("height", 6, 4),
    ] {
      let changed = kept.replacing("\"\(name)\":\(usual)", with: "\"\(name)\":\(other)")
      try changed.write(toFile: path, atomically: true, encoding: .utf8)
      #expect(try hashes(family) == before)
    }
    // And what no kernel has, or is no tuning at all, is as if it were not there.
    for damaged in [
      kept.replacing("\"height\":", with: "\"height\":7777"), kept.replacing("\"width\":", with: "\"width\":-"),
      String(kept.dropLast(9)), "", String(repeating: "[", count: 100_000),
    ] {
      try damaged.write(toFile: path, atomically: true, encoding: .utf8)
      #expect(try hashes(family) == before)
    }
    let reset = try self.run("tune", "--kernels", family, "--reset")
    #expect(reset.status == 0 && reset.output.hasPrefix("Removed \(folder.path)") && files.isEmpty, "\(reset)")
    #expect(try self.run("tune", "--kernels", family, "--reset").output.hasPrefix("There is no "))
  }

  @Test func theTableFitsATerminal() throws {
    let run = try run("tune", "--kernels", "simt", "--rows", "1", "--time-limit", "600")
    #expect(run.status == 0, "\(run.errors)")
    let lines = run.output.split(separator: "\n").filter { !$0.hasPrefix("Device") && !$0.hasPrefix("Kept in") }
    // Each comma stands before one more parameter that is not the default; sentences are wrapped on terminals alone.
    let narrow = lines.filter { $0.count(where: { $0 == "," }) < 2 && !$0.hasSuffix(".") }
    #expect(narrow.allSatisfy { $0.count <= 80 }, "\(run.output)")
    #expect(!run.output.contains("registers 168"), "a default is no change: \(run.output)")
    for part in ["operation", "of 7 operations", "Kept in "] { #expect(run.output.contains(part)) }
  }

  @Test func anInterruptKeepsWhatIsFound() throws {
    let run = try Program.shell(
      """
      cd "\(folder.path)"
      GPT2_GPU_CACHE=. "$PROGRAM" tune --device 0 --kernels simt --time-limit 3600 --format json 2>progress &
      job=$!
      await $job '[ $(grep -c "a product" progress) -ge 2 ] && grep -q product tuning/*.trying'
      kill -INT $job
      wait $job
      echo "status $?" >&2
      """)
    #expect(run.errors.contains("status 130"), "\(run.errors)")
    let json = try run.json
    #expect(json["interrupted"]?.boolean == true && json["operations"]?.array?.isEmpty == false)
    #expect(json["left_out"]?.array?.isEmpty == false)
    // What was being tried is not taken for what ended the search.
    #expect(files.count == 1 && files.allSatisfy { $0.hasSuffix(".json") }, "\(files)")
  }

  /// A process that is killed while it tries a choice leaves a sign of it, and the next search goes on.
  @Test func aKilledSearchGoesOn() throws {
    let killed = try Program.shell(
      """
      cd "\(folder.path)"
      GPT2_GPU_CACHE=. "$PROGRAM" tune --device 0 --kernels simt --rows 1 --time-limit 3600 &
      job=$!
      await $job 'grep -q product tuning/*.trying'
      kill -KILL $job
      wait $job
      """)
    #expect(files.contains { $0.hasSuffix(".trying") }, "\(killed.errors)")
    let next = try run("tune", "--kernels", "simt", "--rows", "1", "--time-limit", "600", "--format", "json")
    #expect(next.status == 0, "\(next.errors)")
    let rejected = try #require(try next.json["operations"]?.array).flatMap { $0["rejected"]?.array ?? [] }
    // It may have been between two.
    #expect(rejected.count <= 1)
    #expect(rejected.allSatisfy { $0["reason"]?.string?.contains("ended while it was tried") == true })
    #expect(files.count == 1)
  }

  @Test func whatItCannotBeAskedFor() throws {
    #expect(try Program.run("tune", "--device", "cpu").status == 2)
    #expect(try run("tune", "--time-limit", "0").status == 2)
    #expect(try run("tune", "--rows", "0").status == 2 && run("tune", "--rows", "1025").status == 2)
    #expect(try run("tune", "--model", "/no/such/model").status == 4)
    #expect(try Program.run("tune", "--device", "99").status == 5)
    let homeless = try Program.run(
      ["tune", "--device", "0", "--rows", "1"],
      environment: ["GPT2_GPU_CACHE": nil, "XDG_CACHE_HOME": nil, "HOME": nil])
    #expect(homeless.status == 2 && homeless.errors.contains("GPT2_GPU_CACHE"), "\(homeless.errors)")
    try folder.write([], to: "file")
    let blocked = try Program.run(
      ["tune", "--device", "0", "--rows", "1"], environment: ["GPT2_GPU_CACHE": folder.path("file")])
    #expect(blocked.status == 1 && blocked.errors.contains("cannot be written"), "\(blocked.errors)")
  }
}
