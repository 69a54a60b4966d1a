import System
import Testing

@Suite struct MappedFileTests {
  @Test func tellsWhyAFileCannotBeMapped() {
    #expect(problem("/no/such/file") == "cannot be opened: No such file or directory")
    #expect(problem("/dev/null") == "is not a regular file")
    #expect(problem("/") == "is not a regular file")
  }

  private func problem(_ path: String) -> String? {
    do {
      _ = try MappedFile(path: path)
      return nil
    } catch {
      return error.problem
    }
  }

  @Test func roomIsFoundAndMissed() {
    #expect(VirtualMemory.hasRoom(for: 1 << 20) && !VirtualMemory.hasRoom(for: 1 << 60))
    #expect(VirtualMemory.pageSize.isMultiple(of: 4096))
  }
}

@Suite struct HugePageMemoryTests {
  @Test func isAlignedAndWritable() throws {
    let memory = try #require(HugePageMemory(byteCount: 3 << 20))
    #expect(UInt(bitPattern: memory.start).isMultiple(of: UInt(HugePageMemory.pageSize)))
    memory.start.storeBytes(of: 7, toByteOffset: (3 << 20) - 8, as: Int.self)
    #expect(memory.start.load(fromByteOffset: (3 << 20) - 8, as: Int.self) == 7)
  }
}

@Suite struct InterruptionTests {
  @Test func isHeededOnceWorkHasBegun() {
    let interruption = Interruption()
    #expect(interruption.signal == nil)
    #expect(!interruption.raise(SIGTERM) && interruption.signal == SIGTERM)
    // Work that begins after the signal hears of it at once.
    var calls = 0
    withUnsafeMutablePointer(to: &calls) { calls in
      nonisolated(unsafe) let calls = calls
      interruption.onRaise { calls.pointee += 1 }
      #expect(interruption.raise(SIGINT))
    }
    #expect(calls == 2 && interruption.signal == SIGINT)
  }
}
