import JSON
import Testing

@Suite struct DevicesTests {
  @Test func listsTheProcessorLast() throws {
    let run = try Program.run("devices", "--format", "json")
    #expect(run.status == 0)
    let devices = try #require(try run.json.array)
    #expect(devices.last?["id"]?.string == "cpu")
    for (number, device) in devices.dropLast().enumerated() {
      #expect(device["id"]?.string == String(number))
      #expect((device["compute_units"]?.integer ?? 0) > 0)
      let memory = try #require(device["memory_bytes"]?.integer)
      #expect((1...memory).contains(try #require(device["max_allocation_bytes"]?.integer)))
    }
    let table = try Program.run("devices").output
    #expect(table.split(separator: "\n").count == devices.count + 1)
  }

  @Test func saysWhatHelpsWhereThereIsNone() throws {
    // The loader looks for drivers there.
    let run = try Program.run("devices", environment: ["OCL_ICD_VENDORS": "/no/such/folder"])
    #expect(run.status == 0 && run.output.contains("cpu"))
    #expect(run.errors.contains("There is no OpenCL device") && run.errors.contains("pocl-opencl-icd"))
  }
}
