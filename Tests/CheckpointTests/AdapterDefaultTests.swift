import JSON
import Testing

@testable import Checkpoint

/// What `adapter_config.json` leaves out, which is what PEFT's `LoraConfig` has: r 8 and lora_alpha 8.
@Suite struct AdapterDefaultTests {
  private static let module = "transformer.h.1.attn.c_attn"

  private static func configuration(_ fields: String) throws -> AdapterConfiguration {
    let json = #"{"peft_type": "LORA", "target_modules": ["c_attn"]\#(fields)}"#
    return try AdapterConfiguration(JSON(parsing: json), file: "lora/adapter_config.json")
  }

  @Test(arguments: [
    ("", 8, Float(1)), (#", "r": 4"#, 4, 2), (#", "lora_alpha": 4"#, 8, 0.5), (#", "lora_alpha": 0"#, 8, 0),
    (#", "rank_pattern": {"c_attn": 2}"#, 2, 4), (#", "r": 2, "alpha_pattern": {"c_attn": 4}"#, 2, 2),
    (#", "use_rslora": true, "r": 16"#, 16, 2),
  ])
  func areThoseOfPEFT(_ fields: String, rank: Int, scaling: Float) throws {
    #expect(try Self.configuration(fields).scaling(of: Self.module, rank: rank) == scaling)
  }

  @Test func mergeAsIfTheyWereWritten() throws {
    let fields = #", "rank_pattern": {"c_attn": 2}}"#
    let (left, written) = (#"{"peft_type": "LORA", "target_modules": ["c_attn"]"#, #", "r": 8, "lora_alpha": 8"#)
    func merged(_ json: String) throws -> [UInt8] {
      let adapter = AdapterTests.adapter(json: json)
      let checkpoint = try Checkpoint(files: AdapterTests.base().adapted(by: adapter))
      return try #require(checkpoint.tensors.first { $0.name == "\(AdapterTests.weight).weight" }).bytes
    }
    #expect(try merged(left + fields) == merged(left + written + fields))
    #expect(try merged(left + fields) != merged(left + #", "r": 8, "lora_alpha": 4"# + fields))
  }

  /// Other matrices than PEFT would make do not load there either.
  @Test func anotherRankIsRefused() throws {
    let error = #expect(throws: CheckpointError.self) {
      _ = try Self.configuration("").scaling(of: Self.module, rank: 2)
    }
    #expect(
      error?.description == "lora/adapter_config.json: has no r, for which PEFT takes 8, but the matrices of "
        + "\(Self.module) have rank 2")
  }

  /// PEFT ends with a TypeError or a ValueError on each of them.
  @Test(arguments: [
    (#", "r": null"#, "has r that is no whole number above 0, but null"),
    (#", "r": 0"#, "has r that is no whole number above 0, but 0"),
    (#", "r": 2.5"#, "has r that is no whole number above 0, but 2.5"),
    (#", "r": "8""#, "has r that is no whole number above 0, but a string"),
    (#", "lora_alpha": null"#, "has lora_alpha that is no finite number, but null"),
    (#", "lora_alpha": "8""#, "has lora_alpha that is no finite number, but a string"),
    (#", "lora_alpha": 1e999"#, "has lora_alpha that is no finite number, but inf"),
  ])
  func whatIsNoNumberIsRefused(_ fields: String, sentence: String) {
    let error = #expect(throws: CheckpointError.self) { _ = try Self.configuration(fields) }
    #expect(error?.description == "lora/adapter_config.json: \(sentence): mend it, or leave it out for PEFT's 8")
  }
}
