/// Writes bytes to an open file, all of them, whatever interrupts it.
///
/// - Parameter name: The file's name in messages.
/// - Throws: ``WriteError``; a part may then be written.
package func writeAll(_ bytes: [UInt8], to descriptor: Int32, name: String) throws(WriteError) {
  var start = 0
  while start < bytes.count {
    let count = bytes[start...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count >= 0 {
      start += count
    } else if errno == EAGAIN {  // a parent made the pipe non-blocking
      var readiness = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      poll(&readiness, 1, -1)
    } else if errno != EINTR {
      throw WriteError(name: name, code: errno)
    }
  }
}
