#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// How signals end the program.
enum Signals {
  /// Makes an interrupt end the program with 130, a request to terminate with 143.
  ///
  /// At once, wherever the program is: output is never buffered, and `_exit` may be called in a handler. A closed pipe
  /// keeps its default, which ends the program silently.
  static func install() {
    for number in [SIGINT, SIGTERM] { signal(number) { _exit(128 + $0) } }
  }
}
