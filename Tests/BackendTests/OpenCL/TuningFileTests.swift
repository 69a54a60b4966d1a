import Foundation
import JSON
import System
import TestSupport
import Testing

@testable import OpenCLBackend

/// What is kept of a search, and everything that can be in its place.
@Suite struct TuningFileTests {
  private let folder: TemporaryFolder
  private let file: TuningFile
  private static let operation = TunedOperation.product(rows: 8, k: 768, n: 2304)
  private static let choice = TuningChoice([.height: 8, .width: 16])

  init() throws {
    folder = try TemporaryFolder()
    file = TuningFile(Self.key(), folder: folder.path("made/on demand"))
  }

  private static func key(driver: String = "1.2") -> TuningKey {
    let values = ["A \"GPU\"/..\n", "vendor", "platform", driver, "132", "fp16", "simt", "portable"]
    let names = ["device", "vendor", "platform", "driver", "compute_units", "precision", "kernels", "dot_unit"]
    return TuningKey(parts: zip(names, values).map { TuningKey.Part(name: $0, value: $1) })
  }

  private func content() -> TuningFile.Content {
    var content = TuningFile.Content()
    content.tuning[Self.operation] = Self.choice
    content.crashed[.product(rows: 1, k: 3, n: 5)] = [TuningChoice([.width: 8])]
    return content
  }

  /// What is read, with every choice taken for legal.
  private func read(_ isLegal: (TunedOperation, TuningChoice) -> Bool = { _, _ in true }) -> TuningFile.Content? {
    file.read(isLegal)
  }

  private func expectNothing(_ bytes: [UInt8], _ comment: Comment) throws {
    try SmallFile.replace(file.path, with: bytes)
    #expect(read()?.tuning.isEmpty ?? true, comment)
  }

  @Test func whatIsKeptIsReadAgain() throws {
    #expect(read() == nil)
    try file.write(content())
    let found = try #require(read())
    #expect(found.tuning == content().tuning && found.crashed == content().crashed)
    // Nothing else is left in the folder, and the file has a name that people can read.
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("made/on demand"))
    #expect(names.count == 1 && names[0].hasPrefix("A--GPU--..-_fp16_simt_") && names[0].hasSuffix(".json"), "\(names)")
    #expect(try file.remove())
    #expect(try !file.remove())
  }

  @Test func whatIsNotLegalIsLeftOut() throws {
    try file.write(content())
    #expect(read { _, choice in choice != Self.choice }?.tuning.isEmpty == true)
  }

  @Test func anotherKeyHasAnotherFile() throws {
    try file.write(content())
    let other = TuningFile(Self.key(driver: "1.3"), folder: folder.path("made/on demand"))
    #expect(other.path != file.path && other.read { _, _ in true } == nil)
    // Nor is one taken under another's name.
    try SmallFile.replace(other.path, with: Array(try Data(contentsOf: URL(filePath: file.path))))
    #expect(other.read { _, _ in true } == nil)
  }

  @Test func whatIsNotOursIsIgnored() throws {
    try file.write(content())
    let whole = try String(contentsOfFile: file.path, encoding: .utf8)
    let source = try #require(try JSON(parsing: whole)["key"]?["source"]?.string)
    try expectNothing(Array(whole.replacing("tuning 1", with: "tuning 2").utf8), "a version to come")
    try expectNothing(Array(whole.replacing(source, with: String(source.reversed())).utf8), "other kernels")
    try expectNothing(Array(whole.replacing("\"choices\"", with: "\"chosen\"").utf8), "no choices")
    try expectNothing(Array(whole.replacing("\"product\"", with: "\"prodigy\"").utf8), "no operation")
    for size in ["0", "-1", "1e300", "9223372036854775807", "4611686018427387904", "0.5", "\"8\"", "null", "[8]"] {
      try expectNothing(Array(whole.replacing("\"k\":768", with: "\"k\":\(size)").utf8), "K \(size)")
    }
    for bytes in [[], [0], Array("null".utf8), Array("[]".utf8), Array("{}".utf8), Array(whole.utf8.dropLast(3))] {
      try expectNothing(bytes, "\(bytes.count) bytes")
    }
    try expectNothing(Array(String(repeating: "[", count: 1 << 19).utf8), "a deep nest")
    try expectNothing(
      Array(whole.utf8) + Array(repeating: UInt8(ascii: " "), count: TuningFile.largest), "a file too large")
    try expectNothing((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 181) }, "noise")
  }

  @Test func onlyRegularFilesAreRead() throws {
    try file.write(content())
    let elsewhere = folder.path("elsewhere.json")
    try FileManager.default.moveItem(atPath: file.path, toPath: elsewhere)
    // Compiled programs are found through links, too.
    try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: elsewhere)
    #expect(read()?.tuning == content().tuning)
    // What is kept then takes the link's place, and leaves alone what it pointed to.
    try file.write(TuningFile.Content())
    #expect(read()?.tuning.isEmpty == true)
    #expect(try Data(contentsOf: URL(filePath: elsewhere)).count > 100)
    _ = try file.remove()
    try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: file.path)
    #expect(read() == nil)
    for target in ["/dev/zero", folder.path] {
      _ = try file.remove()
      try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: target)
      #expect(read() == nil)
    }
    _ = try file.remove()
    #expect(mkfifo(file.path, 0o600) == 0)
    #expect(read() == nil)
  }

  @Test func whatCannotBeKeptSaysSo() throws {
    try folder.write([], to: "file")
    let nowhere = TuningFile(Self.key(), folder: folder.path("file/in it"))
    #expect(throws: WriteError.self) { try nowhere.write(content()) }
    #expect(try !nowhere.remove())
  }

  @Test func bucketsArePowersOfTwo() {
    #expect([0, 1, 2, 3, 4, 5, 8, 9, 1023, 1024].map(TunedOperation.bucket) == [1, 1, 2, 4, 4, 8, 8, 16, 1024, 1024])
  }

  @Test func choicesAreToldInWords() {
    #expect(Self.operation.description == "a product of 8 rows, 768 × 2304")
    #expect(Self.choice.description == "height 8, width 16")
  }
}
