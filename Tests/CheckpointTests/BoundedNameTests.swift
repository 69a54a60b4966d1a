import Testing

@testable import Checkpoint

/// Swift compares texts by their normal form: names of combining marks kept a comparison busy for hours, and were printed.
@Suite struct BoundedNameTests {
  private let name = String(repeating: "\u{301}\u{323}", count: 50_000)
  /// The longest that a zip file can spell has 65,535 bytes.
  private let shortName = String(repeating: "\u{301}\u{323}", count: 10_000)

  @Test func longNamesAreRefusedUnread() {
    let tensor = StoredTensor(name, [1])
    let storage = PickleWriter.storage(.float32, key: name, count: 1, legacy: false)
    let key = PickleWriter.stateDictionary([("t", PickleWriter.tensor(storage: storage, shape: [1], strides: [1]))])
    let files: [(String, [UInt8], Bool)] = [
      ("safetensors", SafetensorsWriter.file([tensor]), true),
      ("state dictionary", PyTorchWriter.archive([tensor]).file(), false),
      ("storage", PyTorchWriter.archive(pickle: key, storages: []).file(), false),
      ("zip", PyTorchWriter.archive(pickle: [], storages: [], root: shortName).file(), false),
    ]
    for (form, bytes, isSafetensors) in files {
      let sentence = message { () throws(CheckpointError) in
        if isSafetensors {
          return try Safetensors(FileData("m", bytes)).tensors
        }
        return try PyTorchFile(FileData("m", bytes), verify: false).tensors
      }
      #expect(
        sentence.contains("at most 256 are read") && sentence.utf8.count < 100, "\(form): \(sentence.prefix(200))")
    }
  }
}
