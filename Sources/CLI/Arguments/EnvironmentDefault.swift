internal import Backend
import Checkpoint
import Hub

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// An environment variable whose value holds where a flag is not given.
enum EnvironmentDefault: String {
  case model = "GPT2_GPU_MODEL"
  case device = "GPT2_GPU_DEVICE"

  /// Its value; nil where it is not set, or empty.
  var value: String? {
    ProcessInfo.processInfo.environment[rawValue].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The flag's value, else the variable's.
  func value(unless flag: String?) -> String? { flag ?? value }

  /// Where a value comes from, for people.
  func source(_ flag: String?, named name: String) -> String {
    flag != nil ? name : value != nil ? rawValue : "default"
  }

  /// Does something with the value, and names the variable in the error that says that there is no such thing.
  func naming<Result>(unless flag: String?, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as DeviceError where flag == nil && value != nil {
      throw DeviceError(description: "\(error)\n(\(rawValue) names it.)")
    } catch let error as HubError where flag == nil && value != nil {
      throw HubError(error.kind, "\(error) (\(rawValue) names it)")
    } catch var error as CheckpointError where flag == nil && value != nil {
      error.problem += " (\(rawValue) names it)"
      throw error
    }
  }
}
