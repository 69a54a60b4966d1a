import Foundation
import TestSupport
import Testing

@testable import Checkpoint

@Suite struct FileDataTests {
  @Test func mapsAFile() throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let path = try folder.write(bytes, to: "data").path
    let file = try FileData(path: path)
    #expect(file.name == path)
    #expect(file.count == bytes.count)
    #expect(file.withBytes { Array($0) } == bytes)

    // Dropped pages come back from the file; ranges are whatever the caller has.
    for range in [0..<bytes.count, 1..<4096, 4095..<12_289, 19_999..<20_000, 5..<5, -10..<100_000] {
      file.prefetch(range)
      file.release(range)
      #expect(file.withBytes { Array($0) } == bytes)
    }
  }

  #if os(Linux)
    @Test func releasedPagesAreGivenBack() throws {
      let folder = try TemporaryFolder()
      let size = 1 << 20
      let file = try FileData(path: folder.write([UInt8](repeating: 1, count: size), to: "data").path)
      #expect(try residentKilobytes(file) == 0)
      let sum = file.withBytes { bytes in stride(from: 0, to: size, by: 4096).reduce(0) { $0 + Int(bytes[$1]) } }
      #expect(sum == size / 4096)
      #expect(try residentKilobytes(file) == size / 1024)
      file.release(100..<size)
      // The page that the range only enters stays.
      #expect(try residentKilobytes(file) == sysconf(Int32(_SC_PAGESIZE)) / 1024)
    }

    /// The `Rss` of the file's mapping, from /proc/self/smaps (proc_pid_smaps(5)).
    private func residentKilobytes(_ file: FileData) throws -> Int {
      // String(contentsOfFile:) gave only the beginning of this file, which has no size and comes in pieces.
      let handle = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
      let lines = try String(decoding: handle.readToEnd() ?? Data(), as: UTF8.self).split(separator: "\n")
      let head = try #require(lines.firstIndex { $0.hasSuffix(file.name) })
      let resident = try #require(lines[head...].first { $0.hasPrefix("Rss:") })
      return try #require(Int(resident.split(separator: " ")[1]))
    }
  #endif

  @Test func mapsAnEmptyFile() throws {
    let folder = try TemporaryFolder()
    let file = try FileData(path: folder.write([], to: "empty").path)
    #expect(file.count == 0)
    file.release(0..<10)
    #expect(file.withBytes { $0.count } == 0)
  }

  @Test func holdsEmbeddedBytes() {
    let text: StaticString = "abc"
    let file = FileData(
      name: "demo", embedded: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    file.release(0..<3)
    file.prefetch(0..<3)
    #expect(file.withBytes { Array($0) } == Array("abc".utf8))
  }

  @Test func refusesWhatIsNoFile() throws {
    let folder = try TemporaryFolder()
    #expect(message { () throws(CheckpointError) in try FileData(path: folder.path) }.contains("not a regular file"))
    let missing = folder.path + "/missing"
    #expect(
      message { () throws(CheckpointError) in try FileData(path: missing) }
        == "\(missing): cannot be opened: No such file or directory")
    // A pipe must not hang.
    let pipe = folder.path + "/pipe"
    try #require(mkfifo(pipe, 0o600) == 0)
    #expect(message { () throws(CheckpointError) in try FileData(path: pipe) }.contains("not a regular file"))
  }
}
