/// A system call's failure.
package struct SystemError: Error, CustomStringConvertible {
  /// The system's error number.
  package let code: Int32

  package init(code: Int32) { self.code = code }

  /// The system's words for it.
  package var description: String { String(cString: strerror(code)) }
}
