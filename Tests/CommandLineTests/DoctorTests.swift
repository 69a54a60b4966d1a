import JSON
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
}
