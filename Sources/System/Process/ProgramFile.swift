/// The file of this program, and others beside it.
package enum ProgramFile {
  /// A file in the folder that this program lies in, wherever links lead to it from; nil where that is not known.
  package static func beside(named name: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    #if os(Linux)
      guard readlink("/proc/self/exe", &buffer, Int(PATH_MAX)) > 0 else { return nil }
    #else
      var size = UInt32(buffer.count)
      var path = buffer
      guard _NSGetExecutablePath(&path, &size) == 0, realpath(path, &buffer) != nil else { return nil }
    #endif
    let path = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let slash = path.lastIndex(of: "/") else { return nil }
    return path[...slash] + name
  }

  /// Goes on as another program, with arguments after its name; returns the error where that fails.
  package static func replaceProcess(by path: String, _ arguments: [String]) -> SystemError {
    var pointers = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    execv(path, &pointers)
    return SystemError(code: errno)
  }

  /// Ends the process at once, whatever its threads do.
  package static func endAtOnce(_ exitCode: Int32) -> Never { _exit(exitCode) }
}
