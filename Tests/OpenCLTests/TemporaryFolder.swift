import Foundation

/// A folder that goes with this object.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "gpt2-gpu-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var files: [URL] {
    get throws { try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil) }
  }
}
