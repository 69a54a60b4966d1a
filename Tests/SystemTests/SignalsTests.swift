import Foundation
import System
import Testing

/// Each in a process of its own, which a signal ends.
@Suite struct SignalsTests {
  @Test func anInterruptEndsWith130() async {
    await #expect(processExitsWith: .exitCode(130)) {
      Signals.install(cutFileStatus: 4)
      kill(getpid(), SIGINT)
      pause()
    }
  }

  @Test func onceAllIsDoneItEndsWithTheExitCodeOfTheWork() async {
    await #expect(processExitsWith: .exitCode(0)) {
      Signals.install(cutFileStatus: 4)
      Signals.finish()
      kill(getpid(), SIGTERM)
      pause()
    }
    await #expect(processExitsWith: .exitCode(3)) {
      Signals.install(cutFileStatus: 4)
      Signals.divert { _ in true }  // which would wait for a second
      Signals.finish(exitCode: 3)
      kill(getpid(), SIGINT)
      pause()
    }
  }
}
