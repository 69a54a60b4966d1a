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
      throw ValidationError("parts are counted from 0, so those of 4 are 0/4, 1/4, 2/4 and 3/4")
    }
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
