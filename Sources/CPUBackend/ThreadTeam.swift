internal import Dispatch
internal import System
internal import Synchronization

/// Threads that take part in a loop together with the one that calls.
///
/// A token of the 124M shape takes some fifty loops, most of 70 to 300 µs, to each of which waking threads that slept
/// added some 50: these look for the next loop for a while before they sleep.
final class ThreadTeam: Sendable {
  /// With the caller, a thread for each core.
  static let shared = ThreadTeam(helpers: Parallel.cores - 1)

  private let helpers: [Helper]
  private let loop = Mutex<Loop?>(nil)
  /// How many loops there have been.
  private let loops = Atomic(0)
  /// Whether one is running.
  private let isBusy = Atomic(false)

  /// Starts the helpers, which live as long as the process.
  init(helpers count: Int) {
    helpers = (0..<count).map { _ in Helper() }
    for helper in helpers { helper.queue.async { [self] in help(as: helper) } }
  }

  /// Calls `body` with each of 0..<count, on several cores; on this thread alone where another loop is running, which may
  /// be the one that calls.
  func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    guard count > 1, !isBusy.exchange(true, ordering: .acquiring) else { return (0..<count).forEach(body) }
    defer {
      self.loop.withLock { $0 = nil }  // and the objects that the body holds
      isBusy.store(false, ordering: .releasing)
    }
    let loop = Loop(count: count, body)
    self.loop.withLock { $0 = loop }
    loops.add(1, ordering: .sequentiallyConsistent)
    for helper in helpers.prefix(count - 1) { helper.wake() }
    loop.takePart()
    var looks = 0
    while !loop.isDone {
      spinPause()
      looks += 1
      if looks > Helper.patience { sched_yield() }  // a helper may be waiting for this core
    }
  }

  private func help(as helper: Helper) -> Never {
    var seen = 0
    while true {
      helper.wait { loops.load(ordering: .sequentiallyConsistent) != seen }
      seen = loops.load(ordering: .acquiring)
      loop.withLock { $0 }?.takePart()
    }
  }
}

/// A running loop. One that is over has nothing left to take, so it does no harm to come late.
private final class Loop: Sendable {
  private let count: Int
  private let body: @Sendable (Int) -> Void
  private let next = Atomic(0)
  private let done = Atomic(0)

  init(count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    self.count = count
    self.body = body
  }

  /// Runs iterations until none is left.
  func takePart() {
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      body(index)
      done.add(1, ordering: .releasing)
    }
  }

  /// Whether all iterations have been run; their results may be read then.
  var isDone: Bool { done.load(ordering: .acquiring) == count }
}

/// A thread that helps.
private final class Helper: Sendable {
  let queue = DispatchQueue(label: "gpt2-gpu loops", qos: .userInitiated)
  private let isAsleep = Atomic(false)
  private let alarm = DispatchSemaphore(value: 0)

  /// How often a thread looks before it gives way to others: 75 µs on Zen 4, by its pauses alone.
  static let patience = 3_000

  /// Returns once the condition holds: whoever makes it true must call ``wake()`` then.
  func wait(until condition: () -> Bool) {
    while true {
      for _ in 0..<Self.patience {
        if condition() { return }
        spinPause()
      }
      isAsleep.store(true, ordering: .sequentiallyConsistent)
      // Whoever takes the flag back decides: it was woken meanwhile, or need not sleep.
      if condition(), isAsleep.exchange(false, ordering: .sequentiallyConsistent) { return }
      alarm.wait()
    }
  }

  /// Wakes it where it sleeps.
  func wake() {
    if isAsleep.exchange(false, ordering: .sequentiallyConsistent) { alarm.signal() }
  }
}
