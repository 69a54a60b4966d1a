import Foundation
import JSON
import TestSupport
import Testing

@testable import Checkpoint

@Suite struct ModelFilesTests {
  @Test func readsAFolder() throws {
    let folder = try TemporaryFolder()
    try folder.write("{\"a\": 1}".utf8, to: "config.json")
    try folder.write([1, 2], to: "sub/weights")
    let files = try ModelFiles(folder: folder.path)
    #expect(files.name == folder.path)
    #expect(try files.json(named: "config.json")?["a"]?.integer == 1)
    #expect(try files.file(named: "sub/weights")?.count == 2)
    #expect(try files.file(named: "absent") == nil)
    #expect(try files.file(named: "config.json/x") == nil)
  }

  @Test func readsEmbeddedFiles() throws {
    let text: StaticString = "[1]"
    let bytes = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    let files = ModelFiles(name: "demo", embedded: ["a.json": bytes])
    #expect(try files.json(named: "a.json")?.array?.count == 1)
    #expect(try files.file(named: "a.json")?.name == "demo/a.json")
    #expect(try files.file(named: "b.json") == nil)
  }

  @Test(arguments: ["../x", "/etc/passwd", "a/../../x", "a\\b", "a\0b", "", ".", "a//b", "a/"])
  func refusesNamesThatLeadElsewhere(_ name: String) throws {
    let folder = try TemporaryFolder()
    let files = try ModelFiles(folder: folder.path)
    #expect(message { () throws(CheckpointError) in try files.file(named: name) }.contains("not the name of a file"))
  }

  @Test func saysWhatIsWrongWithAFile() throws {
    let folder = try TemporaryFolder()
    try folder.link("model.safetensors", to: "../../blobs/gone")
    try folder.write("{".utf8, to: "bad.json")
    let files = try ModelFiles(folder: folder.path)
    #expect(
      message { () throws(CheckpointError) in try files.file(named: "model.safetensors") }
        .contains("was the download completed?"))
    #expect(
      message { () throws(CheckpointError) in try files.json(named: "bad.json") }
        .contains("bad.json: not valid JSON"))
    #expect(
      message { () throws(CheckpointError) in try ModelFiles(folder: folder.path + "/bad.json") }
        .contains("give the folder that holds config.json"))
  }

  @Test func locatesAFolder() throws {
    let folder = try TemporaryFolder()
    #expect(try ModelFiles.locate(folder.path) { _ in nil }.name == folder.path)
  }

  @Test(arguments: [
    (["HF_HUB_CACHE": "hub", "HF_HOME": "no", "XDG_CACHE_HOME": "no", "HOME": "no"], "hub"),
    (["HF_HOME": "hf", "XDG_CACHE_HOME": "no", "HOME": "no"], "hf/hub"),
    (["HF_HUB_CACHE": "", "XDG_CACHE_HOME": "cache", "HOME": "no"], "cache/huggingface/hub"),
    (["HOME": "home"], "home/.cache/huggingface/hub"),
    (["HUGGINGFACE_HUB_CACHE": "old", "HF_HOME": "no", "HOME": "no"], "old"),
    (["HF_HUB_CACHE": "~/x", "HOME": "home"], "home/x"),
    (["HF_HOME": "$HOME/x", "HOME": "home"], "home/x/hub"),
    (["HF_HOME": "${BASE}/x", "BASE": "b", "HOME": "no"], "b/x/hub"),
  ])
  func locatesAHubModel(variables: [String: String], cache: String) throws {
    let folder = try TemporaryFolder()
    let environment = variables.mapValues { value in
      value.isEmpty || value.hasPrefix("~") || value.hasPrefix("$") ? value : "\(folder.path)/\(value)"
    }
    let repository = "\(cache)/models--some--model"
    try folder.write("0123abc\n".utf8, to: "\(repository)/refs/main")
    try folder.write("{}".utf8, to: "\(repository)/blobs/etag")
    try folder.write([], to: "\(repository)/snapshots/0123abc/x")
    try folder.link("\(repository)/snapshots/0123abc/config.json", to: "../../blobs/etag")

    let files = try ModelFiles.locate("some/model") { environment[$0] }
    #expect(files.name == "\(folder.path)/\(repository)/snapshots/0123abc")
    #expect(try files.json(named: "config.json")?.members?.count == 0)
  }

  @Test func saysWhereItLooked() throws {
    let folder = try TemporaryFolder()
    let environment: (String) -> String? = { $0 == "HF_HUB_CACHE" ? folder.path : nil }
    let sentence = message { () throws(CheckpointError) in try ModelFiles.locate("some/model", environment: environment)
    }
    #expect(sentence.contains("no such folder, and no \(folder.path)/models--some--model in the Hugging Face cache"))
    #expect(sentence.contains("hf download some/model"))

    try folder.write([], to: "models--some--model/refs/other")
    #expect(
      message { () throws(CheckpointError) in try ModelFiles.locate("some/model", environment: environment) }
        .contains("has no refs/main"))
    for commit in ["../../..", "", "a/b", "/"] {
      try folder.write(commit.utf8, to: "models--some--model/refs/main")
      #expect(
        message { () throws(CheckpointError) in try ModelFiles.locate("some/model", environment: environment) }
          .contains("does not name a commit"))
    }
    try folder.write("abc".utf8, to: "models--some--model/refs/main")
    #expect(
      message { () throws(CheckpointError) in try ModelFiles.locate("some/model", environment: environment) }
        .contains("snapshots/abc: there is no such folder"))
  }

  @Test func saysThatAPathIsNoFolder() {
    for path in ["/no/such/folder", "./no/such/folder"] {
      #expect(
        message { () throws(CheckpointError) in try ModelFiles.locate(path) { _ in nil } }
          .contains("there is no such folder"))
    }
  }

  @Test(arguments: ["a/b/c", "a/..", "a--b/c", "a b/c", "é/x", "a\0b"])
  func refusesWhatIsNoHubName(_ model: String) {
    #expect(
      message { () throws(CheckpointError) in try ModelFiles.locate(model) { _ in nil } }.contains(
        "no Hub id"))
  }

  @Test func refusesAnEmptyName() {
    #expect(
      message { () throws(CheckpointError) in try ModelFiles.locate("") { _ in nil } }.contains("its name is empty"))
    #expect(
      message { () throws(CheckpointError) in try ModelFiles.locate("some/model") { _ in nil } }
        .contains("set HF_HUB_CACHE"))
  }
}
