internal import System
import Foundation
import GPT2
import JSON
import Testing

@testable import Batch

/// Jobs that are ended and continued.
@Suite struct ResumeTests {
  private struct Ended: Error {}

  /// Checks that a job's results are those of an undisturbed run.
  private func check(_ folder: JobFolder, isOrdered: Bool = false) throws {
    let (results, wanted) = (try folder.lines(), try folder.lines("wanted"))
    #expect(isOrdered ? results == wanted : results.sorted() == wanted.sorted())
  }

  private func folder(_ lines: [String]? = nil, isOrdered: Bool = false) throws -> JobFolder {
    let folder = try JobFolder()
    try folder.write(lines ?? (Items.lines(40) + ["{", #"{"id":"item 0","prompt":"again"}"#, #"{"id":"e"}"#]))
    try folder.run(to: "wanted") { $0.isOrdered = isOrdered }
    return folder
  }

  @Test(arguments: [false, true])
  func resultsCutAnywhereAreCompleted(_ isOrdered: Bool) throws {
    let folder = try folder(isOrdered: isOrdered)
    let whole = Array(try folder.read("wanted").utf8)
    try folder.run { $0.isOrdered = isOrdered }
    for cut in stride(from: 0, through: whole.count, by: 211) {
      try folder.write(whole[..<cut], to: "out")
      try folder.run {
        ($0.resumes, $0.isOrdered) = (true, isOrdered)
      }
      try check(folder, isOrdered: isOrdered)
    }
  }

  /// The results of a killed process, whichever step it was killed in: whole lines, as each is written in one call.
  @Test func runsThatEndAnywhereAreCompleted() throws {
    let folder = try folder()
    var steps = 0
    while true {
      let (done, last) = (Counter(), steps)
      let runner = FakeRunner(onStep: { _ in if done.next() > last { throw Ended() } })
      do {
        try folder.run(runner) { $0.resumes = true }
        break
      } catch is Ended {
        steps += 3
      }
    }
    #expect(steps > 6)
    try check(folder)
  }

  @Test func anInterruptionLeavesWholeLines() throws {
    let folder = try folder()
    let interruption = Interruption()
    #expect(!Interruption().raise(15))
    let steps = Counter()
    let runner = FakeRunner(onStep: { _ in if steps.next() == 9 { #expect(interruption.raise(15)) } })
    let summary = try folder.run(runner, interruption: interruption)
    #expect(summary.interruption?.signal == 15 && summary.statistics == nil)
    #expect(summary.interruptionNotice?.contains("--resume") == true)
    let done = try folder.lines().count
    #expect(done == summary.items && done < 43)
    let rest = try folder.run { $0.resumes = true }
    #expect(rest.earlierItems == done && rest.items == 43 - done)
    try check(folder)
  }

  @Test func errorsAreTriedAgainWhereAskedFor() throws {
    let folder = try folder([
      #"{"id":"a","prompt":"x"}"#, #"{"id":"b","prompt":[600]}"#, #"{"id":"c","prompt":"x","n":0}"#,
      #"{"id":"b","prompt":"x"}"#, "{",
    ])
    #expect(try folder.run(FakeRunner(failing: [600])).errors == 4)
    let again = try folder.run { $0.resumes = true }
    #expect(again.items == 0 && again.earlierItems == 5 && again.errorsInAll == 4)
    let retried = try folder.run {
      ($0.resumes, $0.retriesErrors) = (true, true)
    }
    #expect(retried.items == 4 && retried.earlierItems == 1 && retried.errorsInAll == 3)
    try check(folder)
    #expect(!FileManager.default.fileExists(atPath: folder.path("out.retry")))
  }

  /// Retrying puts a new file in the place of the results: where a link names them, and with their access rights.
  @Test func retryingKeepsLinksAndAccessRights() throws {
    let folder = try folder()
    try folder.run()
    let (path, target) = (folder.path("out"), folder.path("target"))
    try FileManager.default.moveItem(atPath: path, toPath: target)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: target)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    try folder.run { ($0.resumes, $0.retriesErrors) = (true, true) }
    try check(folder)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == target)
    let attributes = try FileManager.default.attributesOfItem(atPath: target)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(!FileManager.default.fileExists(atPath: target + ".retry"))
  }

  @Test func theSeedIsKept() throws {
    let folder = try folder()
    try folder.run(to: "out", seed: nil)
    let whole = try folder.read()
    try folder.write(whole.utf8.prefix(whole.utf8.count / 2), to: "out")
    try folder.run(to: "out", seed: nil) { $0.resumes = true }
    #expect(try folder.lines().sorted() == whole.split(separator: "\n").map(String.init).sorted())
  }

  @Test func theInputMayGrowAndMove() throws {
    let folder = try folder(Items.lines(20))
    try folder.run()
    try folder.write(Items.lines(30), to: "moved")
    let summary = try folder.run {
      ($0.input, $0.resumes) = (folder.path("moved"), true)
    }
    #expect(summary.items == 10 && summary.earlierItems == 20)
  }

  @Test func anotherJobIsRefused() throws {
    let folder = try folder()
    try folder.run()
    let before = try folder.read()
    func problem(
      seed: UInt64? = 7, environment: ComputeEnvironment = JobFolder.environment,
      _ change: @escaping (inout JobOptions) -> Void = { _ in }
    ) -> String {
      do {
        try folder.run(seed: seed, environment: environment) {
          $0.resumes = true
          change(&$0)
        }
        return ""
      } catch {
        return (error as? JobError)?.description ?? "\(error)"
      }
    }
    #expect(problem(seed: 8).contains("was written with seed 7, not 8: --resume continues"))
    #expect(problem { $0.defaults.topP = 0.5 }.contains("top_p 0.95, not 0.5"))
    #expect(problem { $0.defaults.maxNewTokens = nil }.contains("max_new_tokens 12"))
    #expect(problem { $0.shard = Shard("0/2") ?? .whole }.contains(#"shard "0/1", not "0/2""#))
    #expect(problem { $0.isText = true }.contains("text false, not true"))
    #expect(problem { $0.overflow = .leftTruncate }.contains("overflow"))
    #expect(
      problem(environment: ComputeEnvironment(program: "1", device: "b", precision: "fp16", kernels: "auto")).contains(
        #""fake", not "b""#))
    #expect(
      problem(environment: ComputeEnvironment(program: "1", device: "fake", precision: "fp32", kernels: "auto"))
        .contains("precision"))
    #expect(
      problem(environment: ComputeEnvironment(program: "2", device: "fake", precision: "fp16", kernels: "auto"))
        .contains("program"))
    #expect(problem().isEmpty)
    try folder.write(Items.lines(3))
    #expect(problem().contains("--resume needs the same items"))
    #expect(try folder.read() == before)
  }

  /// Families of kernels had other names once: a job of one is continued by it, and by no other.
  @Test(arguments: [("panel", "simd", "simt"), ("workgroup", "simt", "simd")])
  func theNamesOfKernelsOfBeforeAreUnderstood(before: String, now: String, other: String) throws {
    let folder = try folder()
    func resume(_ kernels: String) throws {
      var environment = JobFolder.environment
      environment.kernels = kernels
      try folder.run(environment: environment) { $0.resumes = true }
    }
    try resume(before)
    try resume(now)
    #expect(throws: JobError.self) { try resume(other) }
  }

  /// A manifest of before dot units were recorded has none: it is continued, another unit's is not.
  @Test func anotherDotUnitIsRefused() throws {
    let folder = try folder()
    func resume(_ unit: String?) throws {
      var environment = JobFolder.environment
      environment.dotUnit = unit
      try folder.run(environment: environment) { $0.resumes = true }
    }
    try resume(nil)
    try resume("portable")
    try folder.write([], to: "out")
    try resume("vdpbf16ps")
    try resume("vdpbf16ps")
    for (unit, difference) in [("portable", #", not "portable""#), (nil, ":")] {
      let error = try #require(throws: JobError.self) { try resume(unit) }
      #expect(error.description.contains("with dot_unit \"vdpbf16ps\"\(difference)"), "\(error.description)")
    }
  }

  @Test func filesThatAreNoResultsAreNotTouched() throws {
    let folder = try folder()
    func problem(resumes: Bool = true) -> String {
      do {
        try folder.run { $0.resumes = resumes }
        return ""
      } catch {
        return (error as? JobError)?.description ?? "\(error)"
      }
    }
    try folder.write(["mine"], to: "out")
    #expect(problem(resumes: false).contains("holds results already: continue them with --resume"))
    #expect(problem().contains("out.job.json, which says how they were written, cannot be read: No such file"))
    #expect(try folder.read() == "mine\n")
    try folder.write([], to: "out")
    #expect(problem().isEmpty)
    let whole = try folder.read()
    for line in ["mine", "{}", #"{"id":"a"}"#, #"{"id":[],"index":0}"#, "7"] {
      try folder.write((line + "\n" + whole).utf8, to: "out")
      #expect(problem().contains("its line 1 is no result of a batch job"))
    }
    try folder.write(whole.utf8, to: "out")
    for manifest in ["{}", "", "{\"form\":\"gpt2-gpu", "[]"] {
      try folder.write([manifest], to: "out.job.json")
      #expect(problem().contains("out was written, is empty, damaged or something else. Without it the job cannot be"))
    }
    #expect(try folder.read().utf8.elementsEqual(whole.utf8))
  }

  @Test func twoJobsDoNotShareAFile() throws {
    let folder = try folder()
    let file = try ResultFile(folder.path("out"), continues: false)
    #expect(throws: JobError.self) { try folder.run { $0.resumes = true } }
    file.closeFile()
    try folder.run { $0.resumes = true }
    try check(folder)
  }
}
