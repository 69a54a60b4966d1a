internal import Checkpoint
internal import Dispatch
internal import Synchronization

/// Items that wait between the thread that reads them and those that have them written: few, and few bytes.
///
/// Those who take items may give back what they could not finish. So nobody gets the end of the queue before all others
/// have come to it, too.
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
    /// What was given back, the first last.
    var returned: [PreparedItem] = []
    /// Those who take items.
    var takers: Int
    /// Takers who wait at the end of the queue, with nothing under way.
    var resting = 0
  }

  private let state: Mutex<State>
  /// Counts entries.
  private let available = DispatchSemaphore(value: 0)
  /// Wakes the producer.
  private let space = DispatchSemaphore(value: 0)
  /// Wakes those who rest.
  private let news = DispatchSemaphore(value: 0)
  private let mostEntries: Int
  private let mostBytes: Int

  init(takers: Int = 1, mostEntries: Int = 256, mostBytes: Int = 1 << 25) {
    state = Mutex(State(takers: takers))
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
  /// - Parameter waiting: Whether to wait for one; the taker then has nothing under way.
  func pop(waiting: Bool) -> Entry? {
    while true {
      if waiting {
        available.wait()
      } else if available.wait(timeout: .now()) == .timedOut {
        return nil
      }
      let (entry, wakesProducer) = state.withLock { state in state.takeFirst() }
      if wakesProducer { space.signal() }
      guard entry.isLast else { return entry }
      // What ends the queue is there for everybody who asks.
      available.signal()
      if isOver(waiting: waiting) { return entry }
      if !waiting { return nil }
    }
  }

  /// Whether the end of the queue is that for everybody; a taker who waits waits until it is, or items come back.
  private func isOver(waiting: Bool) -> Bool {
    if waiting { state.withLock { $0.resting += 1 } }
    while true {
      let (isOver, resting) = state.withLock { state in
        let isOver = state.isOver(counting: waiting ? 0 : 1)
        if waiting, !isOver, !state.returned.isEmpty {
          state.resting -= 1
          return (false, -1)
        }
        return (isOver, state.resting)
      }
      if isOver { for _ in 0..<resting { news.signal() } }
      if isOver || !waiting || resting < 0 { return isOver }
      news.wait()
    }
  }

  /// Ends a taker's work, and gives what it could not finish to the others.
  func leave(returning items: [PreparedItem] = []) {
    let resting = state.withLock { state in
      state.takers -= 1
      if !state.isClosed { state.returned = (state.returned + items).sorted { $0.ordinal > $1.ordinal } }
      return state.resting
    }
    for _ in items { available.signal() }
    for _ in 0..<resting { news.signal() }
  }

  /// Whether somebody gave back what nobody has taken yet.
  var hasReturned: Bool { state.withLock { !$0.returned.isEmpty } }

  /// Ends the queue at once: who waits gets the end, who adds is turned away.
  func close() {
    state.withLock { state in
      state.isClosed = true
      state.entries = []
      state.returned = []
      state.first = 0
    }
    available.signal()
    for _ in 0..<state.withLock({ $0.resting }) { news.signal() }
    space.signal()
  }
}

extension ItemQueue.State {
  /// Whether nobody can give anything back any more, but for `others` who ask.
  fileprivate func isOver(counting others: Int) -> Bool {
    isClosed || returned.isEmpty && resting + others >= takers
  }

  /// Takes the first entry, and says whether the producer waits for its room.
  fileprivate mutating func takeFirst() -> (ItemQueue.Entry, Bool) {
    if let item = returned.popLast() { return (.item(item), false) }
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
