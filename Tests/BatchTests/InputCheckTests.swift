import Foundation
import JSON
import Testing

@testable import Batch

/// Inputs that are something else than JSON Lines.
@Suite struct InputCheckTests {
  @Test(arguments: [
    ("[{\"prompt\":\"a\"},\n{\"prompt\":\"b\"}]\n", "is a JSON array"), ("  [1]\n", "is a JSON array"),
    ("{\n  \"prompt\": \"a\"\n}\n", "is JSON over several lines"),
    ("prompt,n\na,1\nb,2\n", "Not one of the first 3 lines of"), ("a\nb\nc", "with --text each line is a prompt"),
    (String(repeating: "a,b\n", count: 100_000), "Not one of the first 100 lines of"),
  ])
  func endTheJobBeforeItBegins(_ input: String, _ sentence: String) throws {
    let folder = try JobFolder()
    try folder.write(input.utf8)
    let error = #expect(throws: JobError.self) { try folder.run() }
    #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
    for name in ["out", "out.job.json"] {
      #expect(!FileManager.default.fileExists(atPath: folder.path(name)), "\(name)")
    }
  }

  @Test(arguments: [
    (String.Encoding.utf16, "iconv -f UTF-16 -t UTF-8 "), (.utf16LittleEndian, "is UTF-16"), (.utf16BigEndian, "UTF-8"),
  ])
  func filesOfWindowsAreTold(_ encoding: String.Encoding, _ sentence: String) throws {
    let folder = try JobFolder()
    try folder.write(try #require("{\"prompt\":\"a\"}\r\n{\"prompt\":\"b\"}\r\n".data(using: encoding)))
    let error = #expect(throws: JobError.self) { try folder.run() }
    #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
  }

  /// The first bytes of what `gzip`, `zstd`, `bzip2`, `xz`, `lz4`, `zip` and pandas write.
  @Test(
    arguments: [
      ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xAB, 0xAE], "is packed by gzip: gunzip -c "),
      ([0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x58], "is packed by zstd: zstd -dc "),
      ([0x42, 0x5A, 0x68, 0x39, 0x31, 0x41], "is packed by bzip2: bunzip2 -c "),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "is packed by xz: xz -dc "),
      ([0x04, 0x22, 0x4D, 0x18, 0x64], "is packed by lz4: lz4 -dc "),
      ([0x50, 0x4B, 3, 4, 0x14], "is a zip file: unzip -p "),
      ([0x50, 0x41, 0x52, 0x31, 0x15], "is a table of Parquet: python3 -c "),
    ] as [([UInt8], String)])
  func packedFilesAreTold(_ start: [UInt8], _ sentence: String) throws {
    let folder = try JobFolder()
    try folder.write(start)
    let error = #expect(throws: JobError.self) { try folder.run() }
    #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
  }

  /// A bad line is an item's matter, as long as there are others.
  @Test(arguments: [
    "{\n{\"prompt\":\"a\"}\n", "x\n", "x,y\nz\n", "", "{\n{\n{\"prompt\":\"a\"}\n",
    String(repeating: "x\n", count: 99) + "{\"prompt\":\"a\"}\n", "\n\n{\"prompt\":\"a\"}\n",
  ])
  func badLinesAloneAreNoReason(_ input: String) throws {
    let folder = try JobFolder()
    try folder.write(input.utf8)
    #expect(try folder.run().items == input.split(separator: "\n").count)
  }

  @Test func linesOfTextMayBeAnything() throws {
    let folder = try JobFolder()
    try folder.write("[\na,b\nc,d\ne,f\n".utf8)
    #expect(try folder.run { $0.isText = true }.items == 4)
  }

  /// The advice is a command that can be copied, and does what it says with what Excel writes.
  @Test(arguments: [(",", "\u{FEFF}id,prompt,max_new_tokens\r\n"), (";", "\u{FEFF}id;prompt;max_new_tokens\r\n")])
  func theAdviceForTablesWorks(_ delimiter: String, _ head: String) throws {
    let folder = try JobFolder()
    let rows = (1...3).map { "a\($0)\(delimiter)\"two\nlines\"\(delimiter)\($0 == 2 ? "" : "1")\r\n" }
    try folder.write((head + rows.joined()).utf8)
    let error = #expect(throws: JobError.self) { try folder.run() }
    let message = error?.description ?? ""
    let command = try #require(message.firstMatch(of: /by (python3 .*items\.jsonl)\.$/)?.output.1, "\(message)")
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "cd '\(folder.url.path)' && " + command]
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus == 127 { return }  // there is no Python here
    #expect(process.terminationStatus == 0)
    let summary = try folder.run { $0.input = folder.path("items.jsonl") }
    #expect(summary.items == 3 && summary.errors == 0)
    let results = try folder.results()
    #expect(results.compactMap { $0["id"]?.string }.sorted() == ["a1", "a2", "a3"])
    #expect(results.allSatisfy { $0["id"]?.string == "a2" || $0["tokens"]?.integer == 1 })
  }
}
