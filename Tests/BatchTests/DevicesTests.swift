internal import System
import Dispatch
import GPT2
import JSON
import OpenCL
import Synchronization
import Testing

@testable import Batch

/// Jobs that several devices work on, with made-up tokens.
@Suite struct DevicesTests {
  /// A device that fails at a step of its own; the first fails while loading.
  private func worker(_ name: String, batchSize: Int = 4, failingAt step: Int? = nil) -> JobWorker {
    let failure = OpenCLError(routine: "clEnqueueNDRangeKernel", status: .outOfResources)
    return JobWorker(name) {
      if step == 0 { throw failure }
      var runner = FakeRunner(batchSize: batchSize)
      let steps = Counter()
      runner.onStep = { _ in if steps.next() == step { throw failure } }
      return JobWorker.Writer(run: { try runner.run($0, $1) })
    }
  }

  /// Losses that a job told of.
  private final class Losses: Sendable {
    let all = Mutex<[String]>([])
  }

  private func run(
    _ folder: JobFolder, _ workers: [JobWorker], losses: Losses = Losses(), interruption: Interruption = Interruption(),
    _ change: (inout JobOptions) -> Void = { _ in }
  ) throws -> JobSummary {
    var options = JobOptions(input: folder.path("in"), output: folder.path("out"))
    (options.defaults.seed, options.defaults.maxNewTokens) = (7, 12)
    change(&options)
    return try BatchJob(options, model: JobFolder.model.get()).run(
      in: JobFolder.environment, on: workers, interruption: interruption,
      onLoss: { loss in losses.all.withLock { $0.append(loss.description) } })
  }

  private func folder(_ count: Int = 60) throws -> JobFolder {
    let folder = try JobFolder()
    try folder.write(Items.lines(count) + ["{", #"{"id":"item 0","prompt":"again"}"#])
    try folder.run(to: "wanted") { $0.isOrdered = true }
    return folder
  }

  @Test(arguments: [1, 2, 5], [false, true])
  func severalWriteWhatOneWrites(_ count: Int, isOrdered: Bool) throws {
    let folder = try folder()
    let summary = try run(folder, (0..<count).map { worker("\($0)", batchSize: 1 + 3 * $0) }) {
      $0.isOrdered = isOrdered
    }
    let (found, wanted) = (try folder.lines(), try folder.lines("wanted"))
    #expect(isOrdered ? found == wanted : found.sorted() == wanted.sorted())
    #expect(summary.items == 62 && summary.errors == 2 && summary.loadTime != nil)
    if count > 1 {
      #expect(summary.devices.map(\.name) == (0..<count).map { "\($0)" })
      #expect(summary.devices.reduce(0) { $0 + $1.items } == 62)
      #expect(summary.devices.reduce(0) { $0 + $1.newTokens } == summary.newTokens)
      #expect(summary.text.contains(". By device: 0 "))
    }
  }

  /// Whenever a device fails, the others do its work, even those that had nothing left to do.
  @Test(arguments: [false, true])
  func aDeviceThatFailsIsReplaced(_ isOrdered: Bool) throws {
    for step in 0..<30 {
      let (folder, losses) = (try folder(25), Losses())
      let summary = try run(
        folder, [worker("bad", failingAt: step), worker("good", batchSize: 64)], losses: losses
      ) { $0.isOrdered = isOrdered }
      let (found, wanted) = (try folder.lines(), try folder.lines("wanted"))
      #expect(isOrdered ? found == wanted : found.sorted() == wanted.sorted(), "step \(step)")
      #expect(summary.items == 27 && summary.interruption == nil)
      // A device that had too little to do to fail is no loss.
      #expect(losses.all.withLock { $0.allSatisfy { $0.hasPrefix("The device bad failed, and the job goes on") } })
      if step == 0 { #expect(losses.all.withLock(\.count) == 1) }
    }
  }

  @Test func whereAllFailTheJobCanBeContinued() throws {
    let folder = try folder()
    var known: Set<String> = []
    for _ in 0..<4 {
      #expect(throws: OpenCLError.self) {
        try run(folder, [worker("a", failingAt: 9), worker("b", failingAt: 5), worker("c", failingAt: 0)]) {
          $0.resumes = true
        }
      }
      let (lines, wanted) = (Set(try folder.lines()), try folder.lines("wanted"))
      #expect(lines.isSuperset(of: known) && lines.isSubset(of: wanted))
      known = lines
    }
    let summary = try run(folder, [worker("a"), worker("b")]) { $0.resumes = true }
    #expect(summary.earlierItems == known.count)
    #expect(try folder.lines().sorted() == folder.lines("wanted").sorted())
  }

  @Test func anErrorOfTheJobEndsAll() throws {
    let folder = try folder()
    #expect(throws: WriteError.self) { try run(folder, [worker("a"), worker("b")]) { $0.output = "/dev/full" } }
    struct Bad: Error {}
    #expect(throws: Bad.self) { try run(folder, [worker("a"), JobWorker("b") { throw Bad() }]) }
  }

  @Test func aSignalEndsAll() throws {
    let folder = try folder()
    let interruption = Interruption()
    let steps = Atomic(0)
    let workers = (0..<3).map { number in
      JobWorker("\(number)") {
        var runner = FakeRunner(batchSize: 2)
        runner.onStep = { _ in
          if steps.add(1, ordering: .relaxed).newValue == 12 { _ = interruption.raise(2) }
        }
        return JobWorker.Writer(run: { try runner.run($0, $1) })
      }
    }
    let summary = try run(folder, workers, interruption: interruption)
    #expect(summary.interruption?.signal == 2 && summary.items < 62)
    _ = try run(folder, [worker("a")]) { $0.resumes = true }
    #expect(try folder.lines().sorted() == folder.lines("wanted").sorted())
  }

  /// With order, a device that has nothing else to do does not run ahead without bounds.
  @Test func aDeviceThatRunsAheadWaits() throws {
    let folder = try JobFolder()
    let first = #"{"prompt":"x","max_new_tokens":100,"ignore_eos":true,"min_new_tokens":100}"#
    try folder.write([first] + (0..<3000).map { _ in #"{"prompt":[5],"max_new_tokens":1}"# })
    let goesOn = DispatchSemaphore(value: 0)
    let quick = Atomic(0)
    let slow = JobWorker("slow") {
      var runner = FakeRunner(batchSize: 1)
      runner.onStep = { _ in goesOn.wait() }
      return JobWorker.Writer(run: { try runner.run($0, $1) })
    }
    let fast = JobWorker("fast") {
      var runner = FakeRunner(batchSize: 1)
      runner.onStep = { _ in
        // Whichever took the first item holds it until the other has gone as far as it may.
        if quick.add(1, ordering: .relaxed).newValue == 1024 { for _ in 0..<4000 { goesOn.signal() } }
      }
      return JobWorker.Writer(run: { try runner.run($0, $1) })
    }
    let summary = try run(folder, [slow, fast]) { $0.isOrdered = true }
    #expect(summary.items == 3001)
    #expect(try folder.results().map { $0["index"]?.integer } == Array(0..<3001))
  }
}
