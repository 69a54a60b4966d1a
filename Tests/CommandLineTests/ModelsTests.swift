import Foundation
import JSON
import TestSupport
import Testing

/// `models`: the models of the Hub's local cache.
@Suite struct ModelsTests {
  private func cache() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let demo = try TemporaryFolder.demo()
    let names = try FileManager.default.contentsOfDirectory(atPath: demo.path)
    func write(_ text: String, to name: String) throws { try folder.write(text.utf8, to: name) }
    for id in ["org--good", "org--a-name-that-is-longer-than-the-column"] {
      try write("0123abcdef", to: "models--\(id)/refs/main")
      try write("", to: "models--\(id)/snapshots/0123abcdef/.keep")
      for name in names {
        try folder.link("models--\(id)/snapshots/0123abcdef/\(name)", to: demo.path(name))
      }
    }
    try write("c", to: "models--org--bert/refs/main")
    try write(#"{"model_type": "bert"}"#, to: "models--org--bert/snapshots/c/config.json")
    try write("../../../etc", to: "models--evil/refs/main")
    try write("x", to: "models--half/blobs/x")
    try write("x", to: "models--..--x/refs/main")
    try write("x", to: "datasets--org--good/refs/main")
    try write("x", to: "models--a-file")
    folders.append(demo)
    return folder
  }

  /// Kept as long as the links to them.
  private final class Folders {
    private var all: [TemporaryFolder] = []
    func append(_ folder: TemporaryFolder) { all.append(folder) }
  }
  private let folders = Folders()

  @Test func theDemoModelFirstThenTheCachesModels() throws {
    let folder = try cache()
    let environment: [String: String?] = ["HF_HUB_CACHE": folder.path]
    let run = try Program.run("models", "--format", "json", environment: environment)
    run.check()
    let models = try #require(run.json.array)
    #expect(
      models.map { $0["model"]?.string } == [
        "demo", "a-file", "evil", "half", "org/a-name-that-is-longer-than-the-column", "org/bert", "org/good",
      ])
    #expect(models.map { $0["usable"]?.boolean } == [true, false, false, false, true, false, true])
    let good = try #require(models.last)
    #expect(good["revision"]?.string == "0123abcdef" && good["n_layer"]?.integer == models[0]["n_layer"]?.integer)
    #expect(good["bytes"]?.integer ?? 0 > 1_000_000 && good["formats"]?.array?.first?.string == "safetensors")
    #expect(models[5]["problem"]?.string?.contains("bert") == true)
    #expect(models[2]["problem"]?.string?.contains("does not name a commit") == true)

    let text = try Program.run("models", environment: environment).output
    let table = text.components(separatedBy: "\n\n")[0].split(separator: "\n")
    #expect(table.count == 5 && table.allSatisfy { $0.count <= 80 }, "\(text)")
    #expect(table[1].hasPrefix("demo ") && table[4].hasPrefix("org/good "))
    #expect(text.contains("These cannot be used:\na-file: "))
  }

  /// A listed name is one that --model takes.
  @Test func aListedNameCanBeUsed() throws {
    let folder = try cache()
    let run = try Program.run("inspect", "org/good", environment: ["HF_HUB_CACHE": folder.path])
    #expect(run.status == 0 && run.output.contains("snapshots/0123abcdef"))
  }

  @Test func anEmptyCacheIsSaid() throws {
    let folder = try TemporaryFolder()
    let run = try Program.run("models", environment: ["HF_HUB_CACHE": folder.path])
    #expect(run.status == 0 && run.output.contains("demo") && run.errors.contains("There are no models in"))
    #expect(try Program.run("models", "--quiet", environment: ["HF_HUB_CACHE": folder.path]).errors.isEmpty)
  }
}
