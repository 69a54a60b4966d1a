/// An output could not be written.
package struct WriteError: Error, Hashable, CustomStringConvertible {
  /// Where to.
  package let name: String
  /// The system's error number.
  package let code: Int32

  package init(name: String, code: Int32) {
    self.name = name
    self.code = code
  }

  /// Whether nobody reads any more.
  package var isClosedPipe: Bool { code == EPIPE }
  /// Whether there is no room.
  package var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }

  /// A sentence for a person.
  package var description: String { "\(name) cannot be written: \(SystemError(code: code))." }
}
