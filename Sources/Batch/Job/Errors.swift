#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A job that cannot be run as it was asked for.
public struct JobError: Error, Hashable, CustomStringConvertible {
  /// A sentence for a person.
  public let description: String

  init(_ description: String) { self.description = description }
}

/// A system call's failure.
struct SystemError: Error, CustomStringConvertible {
  let code: Int32

  var description: String { String(cString: strerror(code)) }
}

/// An output did not take what was written. Of a job's results, what was written before is whole, and can be continued.
public struct ResultWriteError: Error, Hashable, CustomStringConvertible {
  /// Where to.
  public let name: String
  /// The system's error number.
  public let code: Int32

  /// Whether nobody reads any more.
  public var isClosedPipe: Bool { code == EPIPE }
  /// Whether there is no room.
  public var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }

  /// A sentence for a person.
  public var description: String { "\(name) cannot be written: \(String(cString: strerror(code)))." }
}

/// A signal ended a job before its end. What is complete is written.
public struct JobInterrupted: Error, Hashable {
  /// The signal's number.
  public let signal: Int32
}
