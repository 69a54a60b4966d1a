internal import System

/// A job that cannot be run as it was asked for.
package struct JobError: Error, Hashable, CustomStringConvertible {
  /// A sentence for a person.
  package let description: String

  init(_ description: String) { self.description = description }
}

/// The results file is not what the job wrote: somebody deleted it, put another in its place, or cut it off.
package struct LostResults: Error, Hashable, CustomStringConvertible {
  /// The file's name.
  let name: String

  /// A sentence for a person.
  package var description: String {
    "\(name) was deleted, replaced or cut off while the job wrote to it, so that results are missing from it: the same "
      + "command with --resume writes them again."
  }
}

/// A signal ended a job before its end. Complete items are written.
package struct JobInterrupted: Error, Hashable {
  /// The signal's number.
  package let signal: Int32

  package init(signal: Int32) { self.signal = signal }

  /// The end of the time that the job was given.
  static let timeIsUp = JobInterrupted(signal: SIGALRM)

  /// Whether the job has used its time up.
  package var isOfTime: Bool { self == .timeIsUp }
}

extension Interruption {
  /// - Throws: ``JobInterrupted`` where a signal asked the job to end.
  func check() throws(JobInterrupted) {
    if let signal { throw JobInterrupted(signal: signal) }
  }
}
