import Foundation
import System
import TestSupport
import Testing

@testable import OpenCLBackend

/// What is kept of probes that end the process.
@Suite struct ProbeJournalTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path("made/on demand/unit.trying") }

  init() throws { folder = try TemporaryFolder() }

  /// What a process leaves that ends while it probes.
  private func end() throws {
    let before = SmallFile.read(path, atMost: 100) ?? []
    try SmallFile.replace(path, with: before + [UInt8(ascii: "x")])
  }

  @Test func aProbeThatEndsInOrderLeavesNothing() throws {
    for _ in 0..<5 {
      let journal = try #require(try ProbeJournal(path))
      #expect(SmallFile.read(path, atMost: 100)?.count == 1)
      withExtendedLifetime(journal) {}
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func theSecondEndOfTheProcessCounts() throws {
    try end()
    do {
      let journal = try #require(try ProbeJournal(path))
      #expect(SmallFile.read(path, atMost: 100)?.count == 2)
      withExtendedLifetime(journal) {}
    }
    // It went well: as if nothing had been.
    #expect(!FileManager.default.fileExists(atPath: path))
    try end()
    try end()
    let error = #expect(throws: ProbeLeftOut.self) { try ProbeJournal(path) }
    #expect(error?.description.contains("remove \(path)") == true)
    #expect(FileManager.default.fileExists(atPath: path))
  }

  /// A probe under way in another process is none that went wrong.
  @Test func aProbeUnderWayElsewhereIsNoEnd() throws {
    try end()
    let journal = try #require(try ProbeJournal(path))
    #expect(try ProbeJournal(path) == nil)
    withExtendedLifetime(journal) {}
  }

  @Test func whereNothingCanBeKeptProbesGoOn() throws {
    #expect(try ProbeJournal("/dev/null/unit.trying") == nil)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    #expect(try ProbeJournal(path) == nil)
  }
}
