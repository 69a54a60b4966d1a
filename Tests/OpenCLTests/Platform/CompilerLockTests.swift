import Foundation
import OpenCL
import TestSupport
import Testing

struct CompilerLockTests {
  /// Whether another open file of the folder could be locked, as another process's.
  private func isFree(_ folder: TemporaryFolder) -> Bool {
    let other = open(folder.path, O_RDONLY | O_DIRECTORY)
    defer { close(other) }
    return flock(other, LOCK_EX | LOCK_NB) == 0
  }

  @Test func oneProcessHasTheFolderUntilItsLastHolderIsDone() throws {
    let folder = try TemporaryFolder()
    let lock = CompilerLock(folder: folder.path)
    for _ in 1...2 {
      #expect(isFree(folder))
      let wasFree = lock.hold { [isFree(folder), lock.hold { isFree(folder) }, isFree(folder)] }
      #expect(wasFree == [false, false, false])
    }
    #expect(throws: CancellationError.self) {
      try lock.hold { () throws(CancellationError) in throw CancellationError() }
    }
    #expect(isFree(folder))
  }

  @Test func aFolderOfAnotherIsWaitedFor() throws {
    let folder = try TemporaryFolder()
    let other = open(folder.path, O_RDONLY | O_DIRECTORY)
    try #require(other >= 0 && flock(other, LOCK_EX) == 0)
    defer { close(other) }
    let lock = CompilerLock(folder: folder.path) { flock(other, LOCK_UN) }
    let status = lock.hold { flock(other, LOCK_EX | LOCK_NB) }
    #expect(status != 0)
    #expect(isFree(folder))
  }

  @Test func aFolderThatIsNotThereIsDoneWithout() {
    let result = CompilerLock(folder: "/proc/none").hold { 7 }
    #expect(result == 7)
  }
}
