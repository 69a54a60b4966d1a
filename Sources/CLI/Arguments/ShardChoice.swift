import ArgumentParser
import Batch

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Which part of a job: one that a person names, or `auto`: the one of this task of an array.
enum ShardChoice {
  case part(Shard)
  case automatic

  /// Reads `i/N` or `auto`.
  @Sendable init(argument: String) throws {
    if argument == "auto" {
      self = .automatic
    } else if let shard = Shard(argument) {
      self = .part(shard)
    } else {
      throw ValidationError(Self.advice(argument))
    }
  }

  /// What the parts are called, of as many as were asked for.
  private static func advice(_ argument: String) -> String {
    let asked = argument.split(separator: "/").last.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 4
    if asked == 1 { return "parts are counted from 0, so the only one is 0/1" }
    let names = asked <= 4 ? (0..<asked - 1).map { "\($0)/\(asked)" } : ["0/\(asked)", "1/\(asked)", "…"]
    let last = "\(asked - 1)/\(asked)"
    return "parts are counted from 0, so those of \(asked) are \(names.joined(separator: ", ")) and \(last)"
  }

  /// The part.
  ///
  /// - Throws: `JobError`, where it is to be found in the environment and is not.
  func shard() throws -> Shard {
    switch self {
    case .part(let shard): return shard
    case .automatic:
      let shard = try Shard(ofArrayTask: ProcessInfo.processInfo.environment)
      Output.notice("This task of the array takes part \(shard) of the items.")
      return shard
    }
  }
}
