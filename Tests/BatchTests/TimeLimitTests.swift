internal import Synchronization
internal import System
import JSON
import Testing

@testable import Batch

/// Jobs that are given so much time.
@Suite struct TimeLimitTests {
  private func folder() throws -> JobFolder {
    let folder = try JobFolder()
    try folder.write(Items.lines(60))
    try folder.run(to: "wanted")
    return folder
  }

  /// Completes the job, and compares it with one that had all the time.
  private func check(_ folder: JobFolder, after done: Int) throws {
    #expect(try folder.lines().count == done)
    let rest = try folder.run { $0.resumes = true }
    #expect(rest.earlierItems == done && rest.interruption == nil)
    #expect(try folder.lines().sorted() == folder.lines("wanted").sorted())
  }

  @Test func nothingIsBegunWhenTheTimeIsUp() throws {
    let folder = try folder()
    let summary = try folder.run { $0.deadline = .now }
    #expect(summary.interruption?.isOfTime == true && summary.items == 0)
    #expect(summary.interruptionNotice?.hasPrefix("The time is up: ") == true)
    try check(folder, after: 0)
  }

  /// The time goes by in a step: what is in flight is finished, and no more is begun.
  @Test(arguments: [false, true])
  func whatIsBegunEnds(_ isOrdered: Bool) throws {
    // More time where the machine is too slow for nine steps.
    for margin in [50, 500, 5000] {
      let folder = try folder()
      let (deadline, steps, inFlight) = (ContinuousClock.now + .milliseconds(margin), Counter(), Counts())
      let runner = FakeRunner(onStep: { count in
        inFlight.append(count)
        if steps.next() == 9 { while ContinuousClock.now < deadline {} }
      })
      let summary = try folder.run(runner) { ($0.deadline, $0.isOrdered) = (deadline, isOrdered) }
      if inFlight.all.count < 9 { continue }
      #expect(summary.interruption?.isOfTime == true && summary.statistics != nil)
      #expect(1..<60 ~= summary.items)
      // Ever fewer, from then on.
      let last = inFlight.all.dropFirst(8)
      #expect(zip(last, last.dropFirst()).allSatisfy { $0 >= $1 })
      #expect(try folder.lines().count == summary.items)
      if !isOrdered { try check(folder, after: summary.items) }
      return
    }
    Issue.record("Nine steps take more than five seconds.")
  }

  /// Texts that stop early say little of how long others take.
  @Test func anItemThatStopsEarlyDoesNotEndTheJob() {
    var pace = ItemPace()
    #expect(pace.time(tokens: 500) == .zero)
    pace.record(timeToStart: .seconds(30), time: .zero, tokens: 1)
    #expect(pace.time(tokens: 500) == .seconds(30))
    pace.record(timeToStart: .seconds(30), time: .milliseconds(320), tokens: 2)
    #expect(pace.time(tokens: 500) == .seconds(35))
    pace.record(timeToStart: .seconds(1), time: .seconds(10), tokens: 500)
    #expect(pace.time(tokens: 500) == .seconds(37))
    #expect(pace.time(tokens: 0) == pace.time(tokens: 32))
  }

  @Test func theAlarmEndsItInTheMiddleOfItems() throws {
    let folder = try folder()
    let (interruption, steps) = (Interruption(), Counter())
    let runner = FakeRunner(onStep: { _ in if steps.next() == 9 { #expect(interruption.raise(SIGALRM)) } })
    let summary = try folder.run(runner, interruption: interruption) { $0.deadline = .now + .seconds(3600) }
    #expect(summary.interruption?.isOfTime == true && summary.statistics == nil)
    try check(folder, after: summary.items)
  }

  @Test func errorsSayWhetherToTryAgain() throws {
    let folder = try JobFolder()
    try folder.write([
      #"{"id":"a","prompt":[600]}"#, #"{"id":"b","prompt":"x","n":0}"#, "{",
      #"{"custom_id":"c","body":{"prompt":"x","tools":[]}}"#,
    ])
    try folder.run(FakeRunner(failing: [600])) { $0.isOrdered = true }
    #expect(try folder.results().map { $0["error"]?["retry"]?.boolean } == [true, false, false, false])
  }
}

/// Numbers from any thread.
private final class Counts: Sendable {
  private let counts = Mutex<[Int]>([])

  var all: [Int] { counts.withLock { $0 } }

  func append(_ count: Int) { counts.withLock { $0.append(count) } }
}
