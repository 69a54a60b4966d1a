internal import CSystem
internal import Dispatch
internal import Synchronization

/// How signals end the program.
package enum Signals {
  /// The signals that ask the program to end.
  private static let requests = [SIGINT, SIGTERM]

  /// The exit code once everything asked for is done; below zero before.
  private static let finalCode = Atomic<Int32>(-1)

  /// Says that everything asked for is done: a request to end then ends the program at once, with its own exit code.
  package static func finish(exitCode: Int32 = 0) {
    finalCode.store(exitCode, ordering: .releasing)
    for number in requests { signal(number) { _ in _exit(Signals.finalCode.load(ordering: .acquiring)) } }
  }

  /// Makes an interrupt end the program with 130, a request to terminate with 143.
  ///
  /// At once, wherever the program is: output is never buffered, and `_exit` may be called in a handler. A closed pipe
  /// keeps its default, which ends the program silently.
  ///
  /// - Parameter cutFileStatus: How the program ends where a mapped file is cut short while it is read.
  package static func install(cutFileStatus: Int32) {
    gpt2_watch_mappings(cutFileStatus)
    for number in requests { signal(number) { _exit(128 + $0) } }
    // Swift's runtime may have a handler of its own for it, which prints a crash report and goes on.
    signal(SIGQUIT, SIG_DFL)
    // Writing beyond a limit of the file size is then an error like a full disk.
    signal(SIGXFSZ, SIG_IGN)
  }

  /// Gives the first request to end to `action`, on a thread of its own; where that answers false, and at the second
  /// request, the program ends at once.
  ///
  /// To be called before other threads start: they must not take the signals.
  package static func divert(to action: @escaping @Sendable (Int32) -> Bool) {
    var set = sigset(requests)
    pthread_sigmask(SIG_BLOCK, &set, nil)
    DispatchQueue(label: "gpt2-gpu.signals").async {
      var set = sigset(requests)
      var number: Int32 = 0
      sigwait(&set, &number)
      if finalCode.load(ordering: .acquiring) < 0, action(number) { sigwait(&set, &number) }
      let code = finalCode.load(ordering: .acquiring)
      _exit(code < 0 ? 128 + number : code)
    }
  }

  private static func sigset(_ numbers: [Int32]) -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    return set
  }
}
