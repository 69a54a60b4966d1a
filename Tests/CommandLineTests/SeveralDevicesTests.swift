import Foundation
import JSON
import TestSupport
import Testing

extension BatchCommandTests {
  /// Jobs on several devices: OpenCL and OpenBLAS, and two of OpenCL where there are as many.
  @Suite(.serialized, .requiresDevice) struct SeveralDevicesTests {
    @Test func twoDevicesWriteAllItems() throws {
      let folder = try BatchCommandTests.folder(BatchCommandTests.items(30))
      let options = ["--device", "0,cpu", "--precision", "fp32", "--batch-size", "2", "--resume"]
      let command = ["batch", "--in", "\(folder.path)/in", "--out", "\(folder.path)/out", "--seed", "7"]
      let run = try Program.run(command + options)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors.contains("The devices differ, and may round differently"))
      #expect(run.errors.contains("30 items, 0 errors") && run.errors.contains("By device: 0 ("), "\(run.errors)")
      #expect(run.errors.contains("; cpu (OpenBLAS) "))
      let results = try BatchCommandTests.lines(folder).map { try JSON(parsing: $0) }
      #expect(results.compactMap { $0["index"]?.integer }.sorted() == Array(0..<30))
      #expect(results.allSatisfy { $0["error"]?.isNull ?? true })
      // Rounding does not reach the texts' places and seeds: they are those of one device.
      let alone = try BatchCommandTests.run(folder, to: "alone", ["--device", "0", "--precision", "fp32"])
      func keys(_ results: [JSON]) -> [String] {
        results.map { "\(($0["id"] ?? .null).text) \(($0["seed"] ?? .null).text)" }.sorted()
      }
      #expect(keys(results) == keys(try alone.map { try JSON(parsing: $0) }))

      let again = try Program.run(command + options)
      #expect(again.status == 0 && again.errors.contains("30 items done before"), "\(again.errors)")
      let other = try Program.run(command + ["--device", "0", "--precision", "fp32", "--resume"])
      #expect(other.status == 2 && other.errors.contains(" + OpenBLAS"), "\(other.errors)")
    }

    @Test(.enabled(if: Program.deviceCount > 1, "There is one OpenCL device here."))
    func twoOpenCLDevicesWriteAllItems() throws {
      let folder = try BatchCommandTests.folder(BatchCommandTests.items(30))
      let options = ["batch", "--in", "\(folder.path)/in", "--out", "\(folder.path)/out", "--seed", "7"]
      let run = try Program.run(options + ["--device", "0,1", "--batch-size", "2"])
      #expect(run.status == 0 && run.errors.contains("By device: 0 ("), "\(run.errors)")
      let results = try BatchCommandTests.lines(folder).map { try JSON(parsing: $0) }
      #expect(results.compactMap { $0["index"]?.integer }.sorted() == Array(0..<30))
      #expect(results.allSatisfy { $0["error"]?.isNull ?? true })
    }

    @Test(.enabled(if: Program.deviceCount > 1, "There is one OpenCL device here."))
    func twoOpenCLDevicesAreMeasured() throws {
      let run = try Program.run(
        "bench", "--device", "0,1", "--batch", "2", "--prompt-tokens", "3", "--new-tokens", "4", "--repeat", "1",
        "--warm-up", "0", "--format", "json")
      #expect(run.status == 0, "\(run.errors)")
      let json = try run.json
      #expect(json["devices"]?.array?.count == 2)
      let rows = try #require(json["rows"]?.array)
      #expect(Set(rows.map { ($0["device"] ?? .null).text }).count == 2)
      #expect(rows.allSatisfy { $0["status"]?.string == "measured" })
    }

    @Test func oneDeviceNamedTwiceIsOne() throws {
      let folder = try BatchCommandTests.folder(BatchCommandTests.items(3))
      let run = try Program.run(
        "batch", "--in", "\(folder.path)/in", "--out", "-", "--device", "cpu, CPU", "--seed", "1")
      #expect(run.status == 0 && !run.errors.contains("By device"), "\(run.errors)")
      let missing = try Program.run("batch", "--in", "\(folder.path)/in", "--out", "-", "--device", "cpu,tpu")
      #expect(missing.status == 5 && missing.output.isEmpty && missing.errors.contains("no device named “tpu”"))
    }

    @Test func otherCommandsTakeOneDevice() throws {
      for command in ["generate", "score"] {
        let run = try Program.run(command, "My dream is", "--device", "0,cpu")
        #expect(run.status == 2 && run.output.isEmpty)
        #expect(run.errors.contains("\(command) computes on one device, and --device 0,cpu names 2"), "\(run.errors)")
      }
    }

    @Test func aTaskOfAnArrayTakesItsPart() throws {
      let folder = try BatchCommandTests.folder(BatchCommandTests.items(12))
      let whole = try BatchCommandTests.run(folder, to: "whole")
      var parts: [String] = []
      for task in 1...3 {
        let run = try Program.run(
          "batch", "--in", "\(folder.path)/in", "--out", "-", "--seed", "7", "--shard", "auto",
          environment: [
            "SLURM_ARRAY_TASK_ID": "\(task)", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "1",
          ])
        #expect(run.status == 0 && run.errors.contains("takes part \(task - 1)/3 of the items"), "\(run.errors)")
        parts += run.output.split(separator: "\n").map(String.init)
      }
      #expect(parts.sorted() == whole.sorted())
    }
  }
}
