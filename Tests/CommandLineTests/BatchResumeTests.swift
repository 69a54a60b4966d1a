import Foundation
import JSON
import TestSupport
import Testing

extension BatchCommandTests {
  /// Jobs that end before their end, and are continued.
  @Suite(.serialized, .requiresDevice) struct BatchResumeTests {
    /// A folder with a job's items, the lines that an undisturbed run writes, and how to start the job there.
    private func job(_ count: Int) throws -> (TemporaryFolder, wanted: [String], command: String) {
      let folder = try BatchCommandTests.folder(BatchCommandTests.items(count))
      let wanted = try BatchCommandTests.run(folder, to: "wanted").sorted()
      #expect(wanted.count == count)
      return (
        folder, wanted,
        #"cd "\#(folder.path)"; exec "$PROGRAM" batch --in in --out out --seed 7 --batch-size 4 --resume"#
      )
    }

    private func check(_ folder: TemporaryFolder, _ wanted: [String], _ command: String) throws {
      let run = try Program.shell(command)
      #expect(run.status == 0, "\(run.errors)")
      #expect(try BatchCommandTests.lines(folder).sorted() == wanted)
    }

    @Test func noItemIsLostOrTwiceWhenKilledAtRandomMoments() throws {
      let (folder, wanted, command) = try job(60)
      for _ in 0..<(Tier.isFull ? 10 : 4) {
        // While it starts, or some results later.
        let run = try Program.shell(
          """
          cd "\(folder.path)"; touch out; wanted=$(($(wc -l <out) + \(Int.random(in: 0...8))))
          (\(command)) & job=$!
          await $job '[ $(wc -l <out) -ge $wanted ]'
          sleep 0.0\(Int.random(in: 10...50)); kill -9 $job; wait $job
          """)
        #expect(run.status == 137 || run.status == 0, "\(run.errors)")
      }
      // A line that the system wrote half of, which no kill does.
      try Program.shell(#"cd "\#(folder.path)"; printf '{"id":"item 0","ind' >>out"#).check()
      try check(folder, wanted, command)
      let again = try Program.shell(command)
      #expect(again.status == 0 && again.errors.contains("0 items, 0 errors; 0 tokens"))
      #expect(again.errors.contains("60 items done before"))
    }

    @Test(arguments: [("INT", 130), ("TERM", 143)] as [(String, Int32)])
    func signalsEndTheJobInOrder(_ signal: String, status: Int32) throws {
      let (folder, wanted, command) = try job(60)
      // Once results come, the job is running.
      let run = try Program.shell(
        """
        (\(command)) & job=$!
        await $job '[ -s "\(folder.path)/out" ]'
        kill -\(signal) $job; wait $job
        """)
      #expect(run.status == status, "\(run.errors)")
      #expect(run.errors.contains("The same command with --resume goes on from there"), "\(run.errors)")
      #expect(try BatchCommandTests.lines(folder).count < 60)
      try check(folder, wanted, command)
    }

    @Test(.timeLimit(.minutes(60)))
    func aSignalEndsAJobThatWaitsForItems() throws {
      let folder = try TemporaryFolder()
      let run = try Program.shell(
        """
        cd "\(folder.path)"; mkfifo pipe
        "$PROGRAM" batch --in pipe --out out --max-new-tokens 2 & job=$!
        exec 3>pipe; echo '{"prompt":"x"}' >&3
        await $job '[ -s out ]'
        kill -INT $job; wait $job
        """)
      #expect(run.status == 130 && run.errors.contains("1 item, 0 errors; 2 tokens"), "\(run.errors)")
    }

    /// It would wait for items for ever. What it would have to compile, it finds compiled.
    @Test(.enabled(if: Tier.isFull), .timeLimit(.minutes(60)))
    func theTimeThatAJobIsGivenEndsIt() throws {
      let folder = try TemporaryFolder()
      let run = try Program.shell(
        """
        cd "\(folder.path)"; mkfifo pipe; exec 3<>pipe; echo '{"prompt":"x"}' >&3
        echo '{"prompt":"x"}' | "$PROGRAM" batch --in - --out before --seed 7 --max-new-tokens 2
        "$PROGRAM" batch --in pipe --out out --seed 7 --max-new-tokens 2 --max-seconds 2; echo $?
        """)
      #expect(run.output == "75\n" && run.errors.contains("The time is up: what is complete"), "\(run.errors)")
      #expect(try BatchCommandTests.lines(folder).count == 1)
    }

    /// Nobody reads the results, so the job cannot go on after the first signal.
    @Test(.timeLimit(.minutes(60)))
    func aSecondSignalEndsTheJobAtOnce() throws {
      let folder = try BatchCommandTests.folder((0..<2000).map { #"{"id":\#($0),"prompt":7}"# })
      let run = try Program.shell(
        """
        cd "\(folder.path)"; mkfifo pipe; exec 3<>pipe
        "$PROGRAM" batch --in in --out - >&3 & job=$!
        while kill -INT $job; do sleep 0.1; done 2>/dev/null; wait $job
        """)
      #expect(run.status == 130, "\(run.errors)")
    }

    @Test func aFullDiskLeavesWhatCanBeContinued() throws {
      let (folder, wanted, command) = try job(30)
      // The limit counts blocks of 512 bytes, in some shells of 1,024.
      let run = try Program.shell("ulimit -f 4; \(command)")
      #expect(run.status == 6, "\(run.errors)")
      #expect(run.errors.contains("out cannot be written: File too large"), "\(run.errors)")
      #expect(run.errors.contains("the same command with --resume goes on"))
      #expect(try BatchCommandTests.lines(folder).count < 30)
      try check(folder, wanted, command)
    }

    @Test func resultsAreNotOverwrittenOrMixed() throws {
      let (folder, wanted, command) = try job(5)
      try check(folder, wanted, command)
      let anew = try Program.shell(command.replacing("--resume", with: ""))
      #expect(anew.status == 2 && anew.errors.contains("out holds results already: continue them with --resume"))
      let other = try Program.shell(command + " --precision fp32")
      #expect(other.status == 2 && other.errors.contains(#"written with precision "fp16", not "fp32""#))
      #expect(try BatchCommandTests.lines(folder).sorted() == wanted)
    }

    /// Sums in bf16 are one unit's, whichever the device has.
    @Test func theManifestNamesTheDotUnitWhereItMatters() throws {
      for precision in ["fp16", "bf16"] {
        let folder = try BatchCommandTests.folder(BatchCommandTests.items(2))
        let command =
          #"cd "\#(folder.path)"; exec "$PROGRAM" batch --in in --out out --seed 7 --precision \#(precision) --resume"#
        try Program.shell(command).check()
        let file = folder.url.appending(path: "out.job.json")
        let manifest = try String(contentsOf: file, encoding: .utf8)
        let unit = try JSON(parsing: manifest)["job"]?["dot_unit"]?.string
        #expect((unit != nil) == (precision == "bf16"))
        guard let unit else { continue }
        try folder.write(manifest.replacing("\"\(unit)\"", with: "\"another\"").utf8, to: "out.job.json")
        let other = try Program.shell(command)
        #expect(other.status == 2 && other.errors.contains(#"dot_unit "another", not "\#(unit)""#), "\(other.errors)")
      }
    }
  }
}
