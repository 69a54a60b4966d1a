import ArgumentParser
import Batch

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Which part of a job: one that a person names, or `auto`: the one of this task of an array.
enum ShardChoice: ExpressibleByArgument {
  case part(Shard)
  case automatic

  init?(argument: String) {
    if argument == "auto" {
      self = .automatic
    } else if let shard = Shard(argument) {
      self = .part(shard)
    } else {
      return nil
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
