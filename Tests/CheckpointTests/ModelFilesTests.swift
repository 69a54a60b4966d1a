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

  @Test(arguments: [
    ("some/model@v1", "v1"), ("some/model@refs/pr/1", "refs/pr/1"), ("some/model", "main"),
    ("some/model@0123456789abcdef0123456789abcdef01234567", "0123456789abcdef0123456789abcdef01234567"),
  ])
  func locatesARevision(_ model: String, _ revision: String) throws {
    let folder = try TemporaryFolder()
    let commit = "0123456789abcdef0123456789abcdef01234567"
    if revision != commit { try folder.write(commit.utf8, to: "models--some--model/refs/\(revision)") }
    try folder.write([], to: "models--some--model/snapshots/\(commit)/x")
    let files = try ModelFiles.locate(model) { $0 == "HF_HUB_CACHE" ? folder.path : nil }
    #expect(HubCache.Repository.commit(ofSnapshot: files.name) == commit)
  }

  @Test func knowsWhatIsMissing() throws {
    let folder = try TemporaryFolder()
    func files() throws -> ModelFiles { try ModelFiles(folder: folder.path) }
    try folder.write("{}".utf8, to: "config.json")
    try folder.write("{\"weight_map\": {\"a\": \"1\", \"b\": \"2\"}}".utf8, to: "model.safetensors.index.json")
    try folder.write([1], to: "1")
    #expect(try !files().isUsable)
    try folder.link("2", to: "nowhere")
    #expect(try !files().isUsable)
    try folder.write([2], to: "nowhere")
    #expect(try files().isUsable && !files().isComplete)
    try folder.write([1], to: "vocab.json")
    #expect(try !files().isComplete)
    try folder.write([1], to: "merges.txt")
    #expect(try files().isComplete)
    try folder.write("{\"transformers_weights\": \"other.safetensors\"}".utf8, to: "config.json")
    #expect(try !files().isUsable)
    try folder.write("{}".utf8, to: "adapter_config.json")
    try folder.write([1], to: "adapter_model.bin")
    #expect(try files().isComplete)
  }

  @Test func saysWhereItLooked() throws {
    let folder = try TemporaryFolder()
    let environment: (String) -> String? = { $0 == "HF_HUB_CACHE" ? folder.path : nil }
    let sentence = message { () throws(CheckpointError) in try ModelFiles.locate("some/model", environment: environment)
    }
    #expect(sentence.contains("no such folder, and no \(folder.path)/models--some--model in the Hugging Face cache"))
    #expect(sentence.contains("gpt2-gpu pull some/model"))

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

  @Test(arguments: [
    "a/b/c", "a/..", "a--b/c", "a b/c", "é/x", "a\0b", "-a/b", "a/-b", "a/b.", "a/b.git", "a/b@", "a/b@../c", "a/b@/c",
    "a/b@x y",
  ])
  func refusesWhatIsNoHubName(_ model: String) {
    errno = EACCES  // What an earlier call left must not be taken for an answer.
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
