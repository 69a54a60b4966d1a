import Checkpoint
import TestSupport
import Testing

/// What config.json and generation_config.json say of the weights beside them.
extension CheckpointTests {
  @Test func configurationMayNameTheFile() throws {
    func json(_ name: String) -> String {
      Fixture.json.replacing(#""n_head": 2"#, with: #""n_head": 2, "transformers_weights": "\#(name)""#)
    }
    let other = [StoredTensor("other", [2])]
    let files = [
      "model.safetensors": SafetensorsWriter.file(other), "t.safetensors": SafetensorsWriter.file(Fixture.tensors()),
    ]
    let checkpoint = try Checkpoint(files: Fixture.model(files, json: json("t.safetensors")))
    #expect(checkpoint.files.map(\.name) == ["t.safetensors"])
    #expect(
      refusal(files, json: json("u.safetensors")).contains("names 'u.safetensors' as transformers_weights, which is"))
    #expect(refusal(files, json: json("t.bin")).contains("which is neither a .safetensors file"))
    #expect(refusal(files, json: json("../t.safetensors")).contains("not the name of a file inside"))
  }

  @Test(arguments: [
    (#""n_layer": 2"#, #""n_layer": 5"#, "holds no tensors of layer 2, 3, 4"),
    (#""n_layer": 2"#, #""n_layer": 4096"#, "holds no tensors of layer 2, 3, 4, 5, 6, 7, 8, 9, …"),
    (#""n_positions": 6"#, #""n_positions": 7"#, "'wpe.weight' has shape [6, 4], but config.json asks for [7, 4]"),
    (#""n_embd": 4"#, #""n_embd": 8"#, "'wte.weight' has shape [11, 4], but config.json asks for [11, 8]"),
    (#""n_embd": 4"#, #""n_embd": 4, "n_inner": 8"#, "'h.0.mlp.c_fc.weight' has shape [4, 16]"),
  ])
  func refusesAContradiction(field: String, replacement: String, reason: String) {
    let json = Fixture.json.replacing(field, with: replacement)
    #expect(refusal(Self.files("safetensors", Fixture.tensors()), json: json).contains(reason))
  }

  /// As transformers 5.23: a model is cut short by its config.json.
  @Test func layersBeyondThoseThatAreSaidAreLeftOut() throws {
    for name in ["n_layer", "num_hidden_layers"] {
      let json = Fixture.json.replacing(#""n_layer": 2"#, with: "\"\(name)\": 1")
      let checkpoint = try Checkpoint(files: Fixture.model(Self.files("zip", Fixture.tensors()), json: json))
      #expect(checkpoint.tensors.count == 16 && !checkpoint.tensors.contains { $0.name.hasPrefix("h.1.") })
      #expect(checkpoint.notices.count == 1 && checkpoint.notices[0].contains("those from 1 on are left out"))
    }
    let more = (2...12).map { StoredTensor("h.\($0).ln_1.bias", [4]) }
    let json = Fixture.json.replacing(#""n_layer": 2,"#, with: "")
    #expect(refusal(Self.files("zip", Fixture.tensors() + more), json: json).contains("does not say n_layer"))
  }

  /// An empty prompt starts from the token of generation_config.json, in transformers 5.23.
  @Test(arguments: [
    (#"{"bos_token_id": 7}"#, 7), (#"{"bos_token_id": null}"#, nil), (#"{"bos_token_id": -1}"#, nil),
    (#"{"eos_token_id": 7}"#, 3), (#"{"bos_token_id": "x"}"#, 3), ("[]", 3),
  ])
  func theTokenToStartFrom(generation: String, expected: Int?) throws {
    var files = Self.files("safetensors", Fixture.tensors())
    files["generation_config.json"] = Array(generation.utf8)
    let json = Fixture.json.replacing(#""n_layer": 2"#, with: #""n_layer": 2, "bos_token_id": 3"#)
    #expect(try Checkpoint(files: Fixture.model(files, json: json)).configuration.bosTokenID == expected)
  }

  @Test func anEncoderIsNotMissed() throws {
    let json = Fixture.json.replacing(#""n_layer": 2"#, with: #""n_layer": 2, "add_cross_attention": true"#)
    let extra = [
      StoredTensor("h.0.crossattention.q_attn.weight", [4, 4]), StoredTensor("h.0.ln_cross_attn.bias", [4]),
    ]
    let checkpoint = try Checkpoint(
      files: Fixture.model(Self.files("safetensors", Fixture.tensors() + extra), json: json))
    #expect(checkpoint.notices.count == 1 && checkpoint.notices[0].contains("add_cross_attention"))
  }
}
