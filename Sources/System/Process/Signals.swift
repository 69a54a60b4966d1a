internal import CHost
internal import Dispatch
internal import Synchronization

/// How signals end the program.
package enum Signals {
  /// The signals that ask the program to end; the last says that its time is up.
  private static let requests = [SIGINT, SIGTERM, SIGALRM]

  /// The exit code of a program that was given so much time and has more to do: `EX_TEMPFAIL` of sysexits.h.
  private static let timeLimitStatus: Int32 = 75
  /// Seconds that work has for its end once the time is up: then the program ends, whatever it waits for.
  private static let grace: UInt32 = 10

  /// The exit code of a program that a signal ended.
  package static func status(of signal: Int32) -> Int32 { signal == SIGALRM ? timeLimitStatus : 128 + signal }

  /// Asks the program to end after so many seconds, as a signal would.
  package static func end(afterSeconds seconds: Int) { alarm(UInt32(clamping: seconds)) }

  /// The exit code once everything asked for is done; below zero before.
  private static let finalCode = Atomic<Int32>(-1)

  /// Says that everything asked for is done: a request to end then ends the program at once, with its own exit code.
  package static func finish(exitCode: Int32 = 0) {
    finalCode.store(exitCode, ordering: .releasing)
    for number in requests { signal(number) { _ in _exit(Signals.finalCode.load(ordering: .acquiring)) } }
  }

  /// Makes an interrupt end the program with 130, a request to terminate with 143, and the end of its time with 75.
  ///
  /// At once, wherever the program is: output is never buffered, and `_exit` may be called in a handler. A closed pipe
  /// keeps its default, which ends the program silently.
  ///
  /// - Parameter cutFileStatus: How the program ends where a mapped file is cut short while it is read.
  package static func install(cutFileStatus: Int32) {
    gpt2_watch_mappings(cutFileStatus)
    for number in requests { signal(number) { _exit(Signals.status(of: $0)) } }
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
      if finalCode.load(ordering: .acquiring) < 0, action(number) {
        if number == SIGALRM { alarm(grace) }
        sigwait(&set, &number)
      }
      let code = finalCode.load(ordering: .acquiring)
      _exit(code < 0 ? status(of: number) : code)
    }
  }

  /// Does something during which a library may write to a connection that is closed at the other end: that is then its
  /// error, and no signal that ends the program.
  package static func withoutClosedPipes<Result>(_ body: () -> Result) -> Result {
    var (set, earlier) = (sigset([SIGPIPE]), sigset_t())
    // The signal is for the thread that writes.
    pthread_sigmask(SIG_BLOCK, &set, &earlier)
    defer {
      var (pending, number) = (sigset_t(), Int32(0))
      if sigpending(&pending) == 0, sigismember(&pending, SIGPIPE) == 1 { sigwait(&set, &number) }
      pthread_sigmask(SIG_SETMASK, &earlier, nil)
    }
    return body()
  }

  private static func sigset(_ numbers: [Int32]) -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    return set
  }
}
