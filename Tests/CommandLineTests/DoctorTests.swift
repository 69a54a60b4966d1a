import JSON
import TestSupport
import Testing

@Suite struct DoctorTests {
  @Test func theProcessorIsRight() throws {
    let run = try Program.run("doctor", "--device", "cpu", "--format", "json")
    #expect(run.status == 0)
    let report = try #require(try run.json.array?.first)
    #expect(report["id"]?.string == "cpu")
    #expect(report["wrong"]?.array?.isEmpty == true)
    let operations = try #require(report["operations"]?.array)
    #expect(operations.count == 9 && operations.allSatisfy { $0["verdict"]?.string == "right" })
  }

  @Test func whatItCannotBeAskedFor() throws {
    #expect(try Program.run("doctor", "--device", "99").status == 5)
    #expect(try Program.run("doctor", "--time-limit", "0").status == 2)
  }

  /// Some checks take seconds to compile: an interrupt waits for the one that runs.
  @Test(.requiresDevice, .enabled(if: Tier.isFull))
  func anInterruptLeavesWhatIsDone() throws {
    let folder = try TemporaryFolder()
    let run = try Program.shell(
      """
      cd "\(folder.path)"
      "$PROGRAM" doctor --device 0 --time-limit 86400 2>progress & job=$!
      await $job '[ $(grep -c kernels progress) -ge 2 ]'
      kill -INT $job; wait $job; echo "status $?"
      """)
    #expect(run.output.contains("What was looked at is right; an interrupt left out the rest."), "\(run.output)")
    #expect(run.output.contains("embedding") && run.output.hasSuffix("status 130\n"))
  }
}
