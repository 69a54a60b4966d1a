internal import Dispatch
internal import Synchronization

/// Items that wait between the thread that reads them and those that have them written: few, and few bytes.
final class ItemQueue: Sendable {
  /// What comes out.
  enum Entry: Sendable {
    case item(PreparedItem)
    case failed(FailedItem)
    /// The input cannot be read on.
    case broken(JobError)
    case end
  }

  fileprivate struct State {
    var entries: [Entry] = []
    /// Entries before it have been taken.
    var first = 0
    var byteCount = 0
    var isClosed = false
    var isProducerWaiting = false
  }

  private let state = Mutex(State())
  /// Counts entries.
  private let available = DispatchSemaphore(value: 0)
  /// Wakes the producer.
  private let space = DispatchSemaphore(value: 0)
  private let mostEntries: Int
  private let mostBytes: Int

  init(mostEntries: Int = 256, mostBytes: Int = 1 << 25) {
    self.mostEntries = mostEntries
    self.mostBytes = mostBytes
  }

  /// Adds an entry once there is room; false where nobody wants it any more. For one thread.
  func push(_ entry: Entry) -> Bool {
    while true {
      let isTaken: Bool? = state.withLock { state in
        if state.isClosed { return false }
        let waiting = state.entries.count - state.first
        if waiting > 0 && (waiting >= mostEntries || state.byteCount >= mostBytes) {
          state.isProducerWaiting = true
          return nil
        }
        state.entries.append(entry)
        state.byteCount += entry.byteCount
        return true
      }
      switch isTaken {
      case true?:
        available.signal()
        return true
      case false?: return false
      case nil: space.wait()
      }
    }
  }

  /// The next entry; nil where there is none yet.
  ///
  /// - Parameter waiting: Whether to wait for one.
  func pop(waiting: Bool) -> Entry? {
    if waiting {
      available.wait()
    } else if available.wait(timeout: .now()) == .timedOut {
      return nil
    }
    let (entry, wakesProducer) = state.withLock { state in state.takeFirst() }
    if wakesProducer { space.signal() }
    // What ends the queue is there for everybody who asks.
    if entry.isLast { available.signal() }
    return entry
  }

  /// Ends the queue at once: who waits gets the end, who adds is turned away.
  func close() {
    state.withLock { state in
      state.isClosed = true
      state.entries = []
      state.first = 0
    }
    available.signal()
    space.signal()
  }
}

extension ItemQueue.State {
  /// Takes the first entry, and says whether the producer waits for its room.
  fileprivate mutating func takeFirst() -> (ItemQueue.Entry, Bool) {
    guard first < entries.count else { return (.end, false) }
    let entry = entries[first]
    if entry.isLast { return (entry, false) }
    first += 1
    byteCount -= entry.byteCount
    if first == entries.count || first >= 256 {
      entries.removeFirst(first)
      first = 0
    }
    defer { isProducerWaiting = false }
    return (entry, isProducerWaiting)
  }
}

extension ItemQueue.Entry {
  fileprivate var byteCount: Int { if case .item(let item) = self { item.byteCount } else { 0 } }

  fileprivate var isLast: Bool {
    switch self {
    case .end, .broken: true
    case .item, .failed: false
    }
  }
}
