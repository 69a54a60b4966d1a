internal import CDemoModel
public import Checkpoint

extension ModelFiles {
  /// The demo model inside the binary.
  public static var demo: ModelFiles {
    var files: [String: UnsafeRawBufferPointer] = [:]
    var index = 0
    while let file = gpt2_demo_model_file(index)?.pointee {
      // The embedded bytes live as long as the process.
      files[String(cString: file.name)] = UnsafeRawBufferPointer(start: file.bytes, count: file.count)
      index += 1
    }
    return ModelFiles(name: "demo", embedded: files)
  }
}
