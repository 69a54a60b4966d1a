#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A job that cannot be run as it was asked for.
package struct JobError: Error, Hashable, CustomStringConvertible {
  /// A sentence for a person.
  package let description: String

  init(_ description: String) { self.description = description }
}

/// A system call's failure.
struct SystemError: Error, CustomStringConvertible {
  let code: Int32

  var description: String { String(cString: strerror(code)) }
}

/// An output did not take what was written. Of a job's results, what was written before is whole, and can be continued.
package struct ResultWriteError: Error, Hashable, CustomStringConvertible {
  /// Where to.
  package let name: String
  /// The system's error number.
  package let code: Int32

  /// Whether nobody reads any more.
  package var isClosedPipe: Bool { code == EPIPE }
  /// Whether there is no room.
  package var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }

  /// A sentence for a person.
  package var description: String { "\(name) cannot be written: \(String(cString: strerror(code)))." }
}

/// A signal ended a job before its end. What is complete is written.
package struct JobInterrupted: Error, Hashable {
  /// The signal's number.
  package let signal: Int32
}
