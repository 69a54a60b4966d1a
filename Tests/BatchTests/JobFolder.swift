internal import System
import Foundation
import GPT2
import JSON
import TestSupport
import Testing

@testable import Batch

/// A folder with a job's files, which goes when its owner does.
final class JobFolder {
  private let folder: TemporaryFolder

  /// The demo model's files; its weights are not used.
  static let model = Result { try PretrainedModel(.demo) }
  static let environment = ComputeEnvironment(program: "1", device: "fake", precision: "fp16", kernels: "auto")

  init() throws { folder = try TemporaryFolder() }

  var url: URL { folder.url }

  func path(_ name: String) -> String { folder.path(name) }

  func write(_ bytes: some Sequence<UInt8>, to name: String = "in") throws { try folder.write(bytes, to: name) }

  func write(_ lines: [String], to name: String = "in") throws {
    try write(lines.map { $0 + "\n" }.joined().utf8, to: name)
  }

  func read(_ name: String = "out") throws -> String { try folder.read(name) }

  /// The lines of a file.
  func lines(_ name: String = "out") throws -> [String] {
    let text = try read(name)
    #expect(text.isEmpty || text.hasSuffix("\n"))
    return text.split(separator: "\n").map(String.init)
  }

  /// The lines of a file as JSON.
  func results(_ name: String = "out") throws -> [JSON] { try lines(name).map { try JSON(parsing: $0) } }

  /// Runs a job from `in` to `out`.
  @discardableResult
  func run(
    _ runner: FakeRunner = FakeRunner(), to output: String = "out", seed: UInt64? = 7,
    interruption: Interruption = Interruption(), environment: ComputeEnvironment = JobFolder.environment,
    _ change: (inout JobOptions) -> Void = { _ in }
  ) throws -> JobSummary {
    var options = JobOptions(input: path("in"), output: path(output))
    options.defaults.seed = seed
    options.defaults.maxNewTokens = 12
    change(&options)
    let job = try BatchJob(options, model: Self.model.get())
    let worker = JobWorker("fake") { JobWorker.Writer(run: { try runner.run($0, $1) }) }
    return try job.run(in: environment, on: [worker], interruption: interruption)
  }
}

/// Items of many kinds.
enum Items {
  static func lines(_ count: Int) -> [String] {
    (0..<count).map { number in
      switch number % 5 {
      case 0: #"{"prompt": "My dream is", "id": "item \#(number)"}"#
      case 1: #"{"id": \#(1000 + number), "prompt": [531, 1481, \#(number)], "max_new_tokens": \#(1 + number % 30)}"#
      case 2: #"{"id": "é\#(number)", "prompt": "", "n": 3, "seed": \#(number)}"#
      case 3: #"{"id": "item \#(number)", "prompt": "\#(number)", "greedy": true, "return_full_text": false}"#
      default:
        #"{"custom_id": "c\#(number)", "url": "/v1/completions", "body": {"prompt": "So", "max_tokens": 5, "n": 2}}"#
      }
    }
  }
}
