import TestSupport
import Testing

@testable import Checkpoint

/// Damaged files give an error or a checkpoint whose bytes can be read, and never a crash.
@Suite struct DamageTests {
  private static let forms = ["safetensors", "zip", "legacy"]
  private static let flips = Tier.isFull ? 2000 : 500

  private static func files(_ form: String) -> [String: [UInt8]] {
    CheckpointTests.files(form, Fixture.tensors() + Fixture.masks())
  }

  /// Whether the files make a checkpoint; reads all its bytes.
  private func opens(_ files: [String: [UInt8]], json: String = Fixture.json) -> Bool {
    do throws(CheckpointError) {
      let checkpoint = try Checkpoint(files: Fixture.model(files, json: json))
      for tensor in checkpoint.tensors {
        let count = tensor.withBytes { bytes in bytes.reduce(into: 0) { sum, _ in sum += 1 } }
        #expect(count == tensor.shape.reduce(tensor.scalarType.byteCount, *))
      }
      return true
    } catch {
      #expect(!error.problem.isEmpty)
      return false
    }
  }

  @Test(arguments: forms)
  func refusesTruncation(_ form: String) throws {
    let (name, bytes) = try #require(Self.files(form).first)
    for part in 0..<64 {
      #expect(!opens([name: Array(bytes.prefix(bytes.count * part / 64))]), "\(part)/64")
    }
    #expect(opens([name: bytes]))
  }

  @Test(arguments: forms)
  func survivesBitFlips(_ form: String) throws {
    let (name, bytes) = try #require(Self.files(form).first)
    var generator = TestGenerator(state: 1)
    for _ in 0..<Self.flips {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        damaged[Int.random(in: damaged.indices, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      }
      _ = opens([name: damaged])
    }
  }

  /// Flips where the structure is, rather than in tensor data.
  @Test func survivesBitFlipsInThePickle() {
    let tensors = Fixture.tensors()
    let pickle = PickleWriter.stateDictionary(tensors)
    var generator = TestGenerator(state: 2)
    for _ in 0..<Self.flips {
      var damaged = pickle
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        damaged[Int.random(in: damaged.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      let archive = PyTorchWriter.archive(pickle: damaged, storages: tensors.map(\.bytes))
      _ = opens(["pytorch_model.bin": archive.file()])
    }
  }

  /// Flips in the directory at the end of the archive.
  @Test func survivesBitFlipsInTheZipDirectory() {
    let bytes = PyTorchWriter.archive(Fixture.tensors()).file()
    var generator = TestGenerator(state: 3)
    for _ in 0..<Self.flips {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let index = damaged.count - 1 - Int.random(in: 0..<2000, using: &generator)
        damaged[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      }
      _ = opens(["pytorch_model.bin": damaged])
    }
  }

  @Test func survivesBitFlipsInTheConfiguration() {
    let files = Self.files("safetensors")
    let json = Array(Fixture.json.utf8)
    var generator = TestGenerator(state: 4)
    for _ in 0..<1000 {
      var damaged = json
      damaged[Int.random(in: damaged.indices, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      _ = opens(files.merging(["config.json": damaged]) { $1 })
    }
  }
}
