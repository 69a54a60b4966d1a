import JSON
import Testing

/// The processor without OpenCL.
@Suite(.serialized) struct ProcessorTests {
  private static let noDrivers = ["OCL_ICD_VENDORS": "/no/such/folder"]

  @Test func computesWhereThereIsNoOpenCLAndSaysSo() throws {
    let run = try Program.run(
      "generate", "My dream is", "--greedy", "--max-new-tokens", "4", "--format", "json", environment: Self.noDrivers)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("There is no OpenCL device") && run.errors.contains("OCL_ICD_VENDORS is set to"))
    let json = try run.json
    #expect(json["device"]?["id"]?.string == "cpu" && json["precision"]?.string == "fp32")
    #expect(json["sequences"]?.array?.first?["tokens"]?.array?.count == 4)
  }

  @Test func whatItDoesNotHaveIsRefused() throws {
    let run = try Program.run("generate", "My dream is", "--precision", "fp16", environment: Self.noDrivers)
    #expect(run.status == 2 && run.output.isEmpty)
    #expect(run.errors.contains("The device cpu computes in fp32 alone, and fp16 was asked for"), "\(run.errors)")
  }

  /// For `batch`, all are the OpenCL devices; `bench` measures the CPU too.
  @Test func allDevicesWithoutOpenCL() throws {
    let batch = try Program.run(
      "batch", "--in", "-", "--out", "-", "--device", "all", environment: Self.noDrivers)
    #expect(batch.status == 5 && batch.errors.contains("all means every OpenCL device"), "\(batch.errors)")
    for list in ["all", "cpu, CPU"] {
      let bench = try Program.run(
        "bench", "--device", list, "--prompt-tokens", "2", "--new-tokens", "2", "--repeat", "1", "--warm-up", "0",
        "--format", "json", environment: Self.noDrivers)
      #expect(bench.status == 0, "\(bench.errors)")
      #expect(try bench.json["devices"]?.array?.map { $0["id"]?.string } == ["cpu"], "\(list)")
    }
  }

  @Test func aNamedDeviceIsNotReplaced() throws {
    let run = try Program.run("generate", "My dream is", "--device", "0", environment: Self.noDrivers)
    #expect(run.status == 5 && run.output.isEmpty && run.errors.contains("There is no device number 0"))
  }

  /// OpenBLAS waits for ever where it gets no memory: a text or a sentence, but no hang. 124 is timeout's own status.
  @Test(arguments: [120_000, 200_000, 300_000, 400_000])
  func littleAddressSpaceEndsWithATextOrASentence(_ kibibytes: Int) throws {
    let run = try Program.shell(
      "ulimit -v \(kibibytes); exec timeout -s KILL 1800 $PROGRAM generate 'My dream is' --device cpu --seed 1 "
        + "--max-new-tokens 2")
    switch run.status {
    case 0: #expect(!run.output.isEmpty)
    case 5: #expect(run.output.isEmpty && run.errors.contains("of address space"), "\(run.errors)")
    default: Issue.record("ended with \(run.status): \(run.errors)")
    }
  }
}
