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

  /// As by a program that another process has kept meanwhile.
  @Test func waitingEndsWhenItIsOfNoMoreUse() throws {
    let folder = try TemporaryFolder()
    let other = open(folder.path, O_RDONLY | O_DIRECTORY)
    try #require(other >= 0 && flock(other, LOCK_EX) == 0)
    let lock = CompilerLock(folder: folder.path)
    var count = 0
    let isHeld = lock.acquire {
      count += 1
      return count == 3
    }
    #expect(!isHeld && count == 3)
    close(other)
    #expect(isFree(folder))
    // Where nobody has it, nothing is asked.
    #expect(lock.acquire { false } && !isFree(folder))
    lock.release()
    #expect(isFree(folder))
  }

  @Test func aFolderThatIsNotThereIsDoneWithout() {
    let result = CompilerLock(folder: "/proc/none").hold { 7 }
    #expect(result == 7)
  }
}
