import Foundation
import TestSupport

extension TemporaryFolder {
  /// A copy of the demo model, its `config.json` changed.
  static func demo(configuration change: (String) -> String = { $0 }) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let demo = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Models/demo")
    for name in ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json"] {
      try FileManager.default.copyItem(at: demo.appending(path: name), to: folder.url.appending(path: name))
    }
    let configuration = try String(contentsOf: demo.appending(path: "config.json"), encoding: .utf8)
    try folder.write(change(configuration).utf8, to: "config.json")
    return folder
  }
}
