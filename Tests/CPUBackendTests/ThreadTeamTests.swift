import Foundation
import Synchronization
import Testing

@testable import CPUBackend

/// How often each index of a loop was run.
private final class Tally: Sendable {
  private let counts: Mutex<[Int]>
  init(_ count: Int) { counts = Mutex(Array(repeating: 0, count: count)) }
  func note(_ index: Int) { counts.withLock { $0[index] += 1 } }
  var isOnceEach: Bool { counts.withLock { $0.allSatisfy { $0 == 1 } } }
}

/// Waits until a condition holds.
///
/// - Returns: False where it does not within a time that nothing takes on any machine.
private func comesTrue(_ condition: () -> Bool) -> Bool {
  let end = ContinuousClock.now + .seconds(600)
  while !condition() {
    guard ContinuousClock.now < end else { return false }
    sched_yield()
  }
  return true
}

@Suite struct ThreadTeamTests {
  private static let team = ThreadTeam(helpers: 3)

  @Test(arguments: [0, 1, 2, 3, 4, 5, 1_000])
  func everyIndexIsRunOnce(count: Int) {
    let tally = Tally(count)
    Self.team.run(count) { tally.note($0) }
    #expect(tally.isOnceEach)
  }

  /// The next loop reads a loop's results, and the caller between them, without a lock: a loop that ends early would
  /// show.
  @Test func loopsFollowOneAnother() {
    let memory = UnsafeMutableBufferPointer<Int>.allocate(capacity: 64)
    defer { memory.deallocate() }
    memory.initialize(repeating: 0)
    nonisolated(unsafe) let numbers = memory  // each part is written by one thread
    for round in 1...5_000 {
      Self.team.run(4) { part in
        for index in part * 16..<part * 16 + 16 { numbers[index] += 1 }
      }
      guard numbers.allSatisfy({ $0 == round }) else {
        Issue.record("round \(round)")
        return
      }
    }
  }

  @Test func aLoopThatIsOverHoldsNothing() {
    weak var held: Tally?
    do {
      let tally = Tally(4)
      held = tally
      Self.team.run(4) { tally.note($0) }
    }
    // A helper that came late may hold it a moment longer.
    #expect(comesTrue { held == nil })
  }

  @Test func helpersThatSleepAreWoken() {
    for _ in 0..<20 {
      let tally = Tally(8)
      let threads = Mutex(Set<ObjectIdentifier>())
      Thread.sleep(forTimeInterval: 0.005)  // long after their patience
      Self.team.run(8) { index in
        tally.note(index)
        threads.withLock { _ = $0.insert(ObjectIdentifier(Thread.current)) }
        // Goes on when another has come.
        #expect(comesTrue { threads.withLock { $0.count } > 1 })
      }
      #expect(tally.isOnceEach)
    }
  }

  @Test func loopsWithinLoopsAreRunToo() {
    let tally = Tally(40)
    Self.team.run(4) { outer in Self.team.run(10) { tally.note(10 * outer + $0) } }
    #expect(tally.isOnceEach)
  }

  @Test func severalThreadsMayCallAtOnce() async {
    let tally = Tally(8 * 100)
    await withTaskGroup { group in
      for caller in 0..<8 {
        group.addTask { Self.team.run(100) { tally.note(100 * caller + $0) } }
      }
    }
    #expect(tally.isOnceEach)
  }
}
