import Foundation
import GPT2
import JSON
import Testing

@testable import Batch

/// What a job leaves where it does not begin.
@Suite struct StartTests {
  private struct NoMemory: Error {}

  @Test func aModelThatDoesNotLoadLeavesNoJob() throws {
    let folder = try JobFolder()
    try folder.write(Items.lines(3))
    let job = try BatchJob(
      JobOptions(input: folder.path("in"), output: folder.path("out")), model: JobFolder.model.get())
    #expect(throws: NoMemory.self) {
      _ = try job.run(in: JobFolder.environment, on: [JobWorker("fake") { throw NoMemory() }])
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("out.job.json")))
    // Another job may have the file.
    #expect(try folder.run(seed: 9).items == 3)
    // Results that are there keep theirs.
    let again = JobWorker("fake") { throw NoMemory() }
    var options = JobOptions(input: folder.path("in"), output: folder.path("out"))
    (options.resumes, options.defaults.seed, options.defaults.maxNewTokens) = (true, 9, 12)
    let resumed = try BatchJob(options, model: JobFolder.model.get())
    #expect(throws: NoMemory.self) { _ = try resumed.run(in: JobFolder.environment, on: [again]) }
    #expect(try folder.run(seed: 9) { $0.resumes = true }.earlierItems == 3)
  }

  /// Nothing is left behind where the job cannot be described, and the folder stays.
  @Test func aFolderInTheJobsPlaceIsNamed() throws {
    let folder = try JobFolder()
    try folder.write(Items.lines(1))
    let place = folder.path("out.job.json")
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
    let error = #expect(throws: JobError.self) { try folder.run() }
    #expect(error?.description.hasPrefix("\(place), which is to describe the job, is a folder: move it away") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["in", "out.job.json"])
  }

  @Test func whatHasANameForThisProcessAloneCannotBeContinued() throws {
    for path in ["/dev/null", "/proc/self/fd/1", "/dev/stdout"] {
      let error = #expect(throws: JobError.self) { _ = try ResultFile(path, continues: true) }
      #expect(error?.description == "--resume needs results in a file, and \(path) is none.")
    }
    let file = try ResultFile("/dev/null", continues: false)
    #expect(file.path == nil)
    file.closeFile()
  }

  /// The same file under two names, too.
  @Test func theItemsAreNoPlaceForResults() throws {
    let folder = try JobFolder()
    try folder.write([#"{"prompt":"x"}"#])
    try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: folder.path("in"))
    for name in ["in", "link"] {
      for resumes in [false, true] {
        let error = #expect(throws: JobError.self) { try folder.run(to: name) { $0.resumes = resumes } }
        #expect(error?.description.contains("has the items: choose another --out") == true)
      }
    }
    #expect(try folder.lines("in") == [#"{"prompt":"x"}"#])
  }

  @Test func itemsThatAskForAnotherModelAreToldOfOnce() throws {
    let folder = try JobFolder()
    func line(_ id: Int, _ model: String) -> String {
      #"{"custom_id":"\#(id)","body":{"model":"\#(model)","prompt":"x"}}"#
    }
    try folder.write([line(1, "acme/demo"), line(2, "gpt-3.5"), line(3, "gpt-4"), #"{"id":4,"prompt":"x"}"#])
    #expect(try folder.run { $0.modelName = "demo" }.otherModel == "gpt-3.5")
    try folder.write([line(1, "acme/demo"), line(2, "demo")])
    #expect(try folder.run(to: "same") { $0.modelName = "demo" }.otherModel == nil)
  }
}
