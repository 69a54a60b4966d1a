internal import System

/// A device that failed while others go on with its work.
package struct DeviceLoss: Sendable, CustomStringConvertible {
  /// The device, for people.
  package let name: String
  /// The device's error.
  package let error: any Error
  /// Items that it had begun.
  package let unfinished: Int

  /// A sentence for a person.
  package var description: String {
    let work = unfinished > 0 ? "; the others take over its \(unfinished.counted("unfinished item"))" : ""
    return "The device \(name) failed, and the job goes on without it\(work). \(error)"
  }
}
