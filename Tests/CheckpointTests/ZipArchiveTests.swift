import Testing

@testable import Checkpoint

@Suite struct ZipArchiveTests {
  private let sample: ZipWriter = {
    var zip = ZipWriter()
    zip.entries = [.init("a/one", Array("first".utf8)), .init("a/two", Array("second".utf8)), .init("a/none", [])]
    return zip
  }()

  private func open(_ bytes: [UInt8]) throws(CheckpointError) -> ZipArchive {
    try ZipArchive(FileData("z.bin", bytes))
  }

  /// The sentence for the sample with one thing wrong.
  private func refusal(_ spoil: (inout ZipWriter) -> Void) -> String {
    var zip = sample
    spoil(&zip)
    return message { () throws(CheckpointError) in try open(zip.file()) }
  }

  @Test(arguments: [false, true], [false, true])
  func readsEntries(zip64EndRecord: Bool, zip64Fields: Bool) throws {
    var zip = sample
    zip.zip64 = zip64EndRecord
    for index in zip.entries.indices { zip.entries[index].zip64 = zip64Fields }
    let archive = try open(zip.file())
    try archive.verify()
    #expect(archive.entries.map(\.name) == ["a/one", "a/two", "a/none"])
    for entry in zip.entries {
      let found = try #require(archive.entry(entry.name))
      #expect(archive.file.withBytes { Array($0[found.data]) } == entry.data)
    }
    #expect(archive.entry("a/three") == nil)
  }

  @Test func checksumIsTheStandardOne() {
    func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32.checksum($0) } }
    #expect(checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(checksum([]) == 0)
    #expect(checksum([UInt8](repeating: 0xFF, count: 32)) == 0xFF6C_AB0B)
  }

  @Test func refusesWhatIsNotStored() {
    #expect(refusal { $0.entries[1].method = 8 }.contains("'a/two' is compressed (method 8)"))
    #expect(refusal { $0.entries[1].flags |= 1 }.contains("'a/two' is encrypted"))
    #expect(refusal { $0.entries[1].flags |= 1 << 6 }.contains("flags that are not supported"))
  }

  @Test func refusesTwoReadings() {
    #expect(refusal { $0.entries[1].name = "a/one" }.contains("is there twice"))
    #expect(refusal { $0.entries[1].name = "A/ONE" }.contains("differs from another by case only"))
    #expect(refusal { $0.entries[1].localName = "a/six" }.contains("local header that says something else"))
    #expect(refusal { $0.comment = Array("hello".utf8) }.contains("missing at the end of the file"))
  }

  @Test func refusesEntriesThatLieElsewhere() {
    #expect(refusal { $0.entries[1].claimedSize = 10_000 }.contains("ends too early"))
    #expect(refusal { $0.entries[1].claimedSize = .max }.contains("ends too early"))
    #expect(refusal { $0.entries[1].claimedOffset = 100_000 }.contains("lies outside the file"))
    #expect(refusal { $0.entries[1].claimedOffset = 1 }.contains("is not where the directory says"))
    // The first entry's data made to run over the second's header.
    #expect(refusal { $0.entries[0].claimedSize = 60 }.contains("overlaps another"))
  }

  @Test(arguments: ["../x", "/x", "a//x", "a/", "a\\x", "a/./x", ""])
  func refusesNames(_ name: String) {
    #expect(refusal { $0.entries[1].name = name }.contains("has a name that no PyTorch file uses"))
  }

  @Test func boundsTheNumberOfEntries() {
    #expect(refusal { $0.claimedCount = 60_000 }.contains("claims 60000 entries; at most 16384"))
    #expect(refusal { $0.claimedCount = 2 }.contains("which is too many"))
    #expect(refusal { $0.claimedCount = 4 }.contains("ends too early"))
  }

  @Test func endRecordsMustAgree() {
    var bytes = sample.file()
    let count = bytes.count - 22 + 10  // entries, in the last record
    bytes[count] = 9
    #expect(message { () throws(CheckpointError) in try open(bytes) }.contains("contradict each other"))
  }

  @Test func refusesBytesBeforeAndAfter() {
    #expect(message { () throws(CheckpointError) in try open([0] + sample.file()) } != "")
    #expect(message { () throws(CheckpointError) in try open(sample.file() + [0]) }.contains("is the file complete?"))
    #expect(message { () throws(CheckpointError) in try open([]) }.contains("is the file complete?"))
  }

  @Test func verifyFindsAFlippedByte() throws {
    var zip = sample
    zip.entries[1].checksum = 1
    let archive = try open(zip.file())
    #expect(message { () throws(CheckpointError) in try archive.verify() }.contains("'a/two' is damaged"))
  }
}
