import Foundation
import JSON
import TestSupport
import Testing

@Suite struct InspectTests {
  @Test func showsTheDemoModel() throws {
    let run = try Program.run("inspect")
    #expect(run.status == 0 && run.errors.isEmpty)
    #expect(run.output.contains("h.0.attn.c_attn.weight") && run.output.contains("[256, 768]"))
    let json = try Program.run("inspect", "--format", "json").json
    #expect(json["config"]?["n_embd"]?.integer == 256)
    #expect(json["parameters"]?.integer == 3_749_376)
    #expect(json["files"]?.array?.first?["types"]?["float16"]?.integer == json["tensors"]?.array?.count)
    let tensor = try #require(json["tensors"]?.array?.first { $0["name"]?.string == "wte.weight" })
    #expect(tensor["shape"]?.array?.compactMap(\.integer) == [2048, 256])
    #expect(tensor["type"]?.string == "float16" && tensor["file"]?.string == "model.safetensors")
  }

  @Test func listsWhatARefusedPickleAskedFor() throws {
    let folder = try TemporaryFolder.demo()
    try FileManager.default.removeItem(at: folder.url.appending(path: "model.safetensors"))
    // torch.save before 1.6: magic number, protocol version, system information; then os.system("true").
    let magic: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    let version: [UInt8] = [0x80, 2, 0x4D, 0xE9, 0x03, 0x2E]
    let system = [0x80, 2, 0x7D, 0x58, 13, 0, 0, 0] + Array("little_endian".utf8) + [0x88, 0x73, 0x2E]
    let attack =
      [0x80, 2] + Array("cos\nsystem\n".utf8) + [0x58, 4, 0, 0, 0] + Array("true".utf8) + [0x85, 0x52, 0x2E]
    try folder.write(magic + version + system + attack, to: "pytorch_model.bin")

    let run = try Program.run("inspect", folder.path)
    #expect(run.status == 4 && run.output == "refused  os.system\n", "\(run.errors)")
    #expect(run.errors.contains("pytorch_model.bin") && run.errors.contains("os.system"))
    let json = try Program.run("inspect", folder.path, "--format", "json")
    #expect(json.status == 4)
    #expect(try json.json["refused"]?.array?.map(\.string) == ["os.system"])
  }
}
