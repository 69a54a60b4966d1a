internal import System
import Synchronization
import Testing

@testable import Batch

/// Results that change while a job waits for their lock.
@Suite struct ResultFileTests {
  private func folder() throws -> JobFolder {
    let folder = try JobFolder()
    try folder.write(Items.lines(40))
    return folder
  }

  /// Another job ends while this one waits for the file, and leaves results in it.
  @Test func resultsThatCameWhileAJobWaitedAreSeen() throws {
    let folder = try folder()
    try folder.run()
    let whole = Array(try folder.read().utf8)
    try folder.write([], to: "out")
    let path = folder.path("out")
    for continues in [false, true] {
      try folder.write([], to: "out")
      var other = Optional(try ResultFile(path, continues: true))
      func endOfTheOther() {
        do { try other?.append(whole) } catch { Issue.record("\(error)") }
        other?.closeFile()
        other = nil
      }
      if continues {
        let file = try ResultFile(path, continues: true, whileLocked: endOfTheOther)
        #expect(file.byteCount == whole.count)
        file.closeFile()
      } else {
        let error = try #require(throws: JobError.self) {
          _ = try ResultFile(path, continues: false, whileLocked: endOfTheOther)
        }
        #expect(error.description.contains("holds results already"))
      }
      let found = try folder.read()
      #expect(other == nil && Array(found.utf8) == whole)
    }
  }

  /// Another job puts a new file in the place of the results, as a retry of errors does, while this one waits for the
  /// old.
  @Test(arguments: [false, true])
  func aFileThatWasReplacedWhileAJobWaitedIsLetGo(_ otherGoesOn: Bool) throws {
    let folder = try folder()
    let path = folder.path("out")
    var other = try ResultFile(path, continues: true)
    var isReplaced = false
    func replace() {
      if isReplaced { return }
      isReplaced = true
      do {
        try folder.write(["new"], to: "new")
        try other.replace(by: folder.path("new"))
        if !otherGoesOn { other.closeFile() }
      } catch {
        Issue.record("\(error)")
      }
    }
    if otherGoesOn {
      let error = try #require(throws: JobError.self) {
        _ = try ResultFile(path, continues: true, whileLocked: replace)
      }
      #expect(error.description.contains("is being written by another job"))
      other.closeFile()
    } else {
      var file = try ResultFile(path, continues: true, whileLocked: replace)
      #expect(file.byteCount == 4)
      try file.append(Array("more\n".utf8))
      file.closeFile()
      #expect(try folder.read() == "new\nmore\n")
    }
    #expect(isReplaced)
  }

  /// Nor does a job write to a file that somebody has deleted.
  @Test func aFileThatWasDeletedWhileAJobWaitedIsMadeAnew() throws {
    let folder = try folder()
    let path = folder.path("out")
    let other = try ResultFile(path, continues: true)
    var file = try ResultFile(path, continues: false) {
      unlink(path)
      other.closeFile()
    }
    try file.append(Array("line\n".utf8))
    file.closeFile()
    #expect(try folder.read() == "line\n")
  }

  /// What somebody does to the results while a job writes them.
  enum Loss: CaseIterable {
    case deleted, replaced, cutOff

    func happen(to path: String, _ other: String) {
      switch self {
      case .deleted: unlink(path)
      case .replaced: rename(other, path)
      case .cutOff: truncate(path, 3)
      }
    }
  }

  @Test(arguments: Loss.allCases)
  func aFileThatIsLostWhileAJobWritesIsTold(_ loss: Loss) throws {
    let folder = try folder()
    try folder.run(to: "whole")
    try folder.write("x\n".utf8, to: "other")
    let (path, other) = (folder.path("out"), folder.path("other"))
    let steps = StepCount()
    let runner = FakeRunner(onStep: { _ in if steps.next() == 20 { loss.happen(to: path, other) } })
    let error = try #require(throws: LostResults.self) { try folder.run(runner) }
    #expect(error.description.contains("--resume") && steps.next() > 20)
    if loss == .deleted {
      try folder.run { $0.resumes = true }
      #expect(try folder.lines().sorted() == folder.lines("whole").sorted())
    }
  }

  /// It is whole under its other name.
  @Test func aFileThatIsRenamedWhileAJobWritesIsNotLost() throws {
    let folder = try folder()
    try folder.run(to: "whole")
    let (path, other) = (folder.path("out"), folder.path("other"))
    let steps = StepCount()
    try folder.run(FakeRunner(onStep: { _ in if steps.next() == 20 { rename(path, other) } }))
    #expect(try folder.lines("other").sorted() == folder.lines("whole").sorted())
  }
}

/// Counts from 1, for whoever asks.
private final class StepCount: Sendable {
  private let count = Mutex(0)

  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}
