/// What the system knows of a file; links are followed.
///
/// - Throws: The system's error; that there is no such file, where the path has a NUL, at which the system would end it.
package func fileStatus(_ path: String) throws(SystemError) -> stat {
  guard !path.utf8.contains(0) else { throw SystemError(code: ENOENT) }
  var status = stat()
  guard stat(path, &status) == 0 else { throw SystemError(code: errno) }
  return status
}
