/// A first-in, first-out queue between threads, of few elements and of little weight.
///
/// Consumers may give back elements that they could not finish. So nobody gets the end of the queue before all
/// consumers have come to it, or have left.
package final class BoundedQueue<Element: Sendable>: Sendable {
  /// An element for a consumer, or the reason why there is none.
  package enum Dequeued: Sendable {
    case element(Element)
    /// There may be more, but not now.
    case notYet
    /// There are no more, for anybody.
    case end
  }

  /// The outcome of adding an element.
  package enum Enqueued: Sendable { case added, full, closed }

  fileprivate struct State {
    var elements: [(element: Element, weight: Int)] = []
    var weight = 0
    /// Elements that consumers gave back, which come before all others.
    var returned: [Element] = []
    /// Whether no more will be added.
    var isFinished = false
    /// Why, where that is an error.
    var failure: (any Error)?
    /// Whether all consumers have come to the end.
    var isOver = false
    var consumers: Int
    /// Consumers that wait with nothing in flight.
    var idle = 0
  }

  private let monitor: Monitor<State>
  private let capacity: Int
  private let weightLimit: Int

  /// - Parameters:
  ///   - capacity: The most elements that wait.
  ///   - weightLimit: The most that they weigh together; an element that is alone may weigh more.
  ///   - consumers: How many dequeue elements.
  package init(capacity: Int, weightLimit: Int = .max, consumers: Int = 1) {
    monitor = Monitor(State(consumers: consumers))
    self.capacity = capacity
    self.weightLimit = weightLimit
  }

  /// How many elements wait.
  package var count: Int { monitor.read { $0.elements.count + $0.returned.count } }

  // MARK: Producers

  /// Adds an element if there is room.
  package func enqueueIfRoom(_ element: Element, weight: Int = 0) -> Enqueued {
    monitor.withLock { state in enqueue(element, weight, &state) }
  }

  /// Adds elements, all or none: there is room for all where there is some for the first.
  package func enqueueIfRoom(_ elements: [Element]) -> Enqueued {
    monitor.withLock { state in
      guard let first = elements.first else { return state.isFinished ? .closed : .added }
      let result = enqueue(first, 0, &state)
      if result == .added { state.elements += elements.dropFirst().map { ($0, 0) } }
      return result
    }
  }

  /// Adds an element once there is room; false where the queue is closed.
  package func enqueue(_ element: Element, weight: Int = 0) -> Bool {
    let result: Enqueued? = monitor.wait { state in
      let result = enqueue(element, weight, &state)
      return result == .full ? nil : result
    }
    return result == .added
  }

  /// Adds no more: the end comes after the elements that are there.
  ///
  /// - Parameter error: The error that consumers get instead of the end.
  package func finish(throwing error: (any Error)? = nil) {
    monitor.withLock { state in
      if state.isFinished { return }
      (state.isFinished, state.failure) = (true, error)
    }
  }

  /// The error that finished the queue.
  package var failure: (any Error)? { monitor.read { $0.failure } }

  /// Ends the queue at once, for all; returns the elements that were waiting.
  @discardableResult
  package func close(throwing error: (any Error)? = nil) -> [Element] {
    monitor.withLock { state in
      state.failure = error
      let rest = state.returned + state.elements.map(\.element)
      (state.returned, state.elements, state.weight) = ([], [], 0)
      (state.isFinished, state.isOver) = (true, true)
      return rest
    }
  }

  /// Removes the waiting elements that match, and returns them.
  @discardableResult
  package func remove(where isMatch: (Element) -> Bool) -> [Element] {
    monitor.withLock { state in
      let removed = state.elements.filter { isMatch($0.element) }
      state.elements.removeAll { isMatch($0.element) }
      state.weight -= removed.reduce(0) { $0 + $1.weight }
      return removed.map(\.element)
    }
  }

  // MARK: Consumers

  /// The next element.
  ///
  /// - Parameters:
  ///   - waiting: The consumer has nothing in flight, so wait for an element or the end; otherwise answer at once.
  ///   - isWanted: Whether to take the element that is next; one that is not stays, and the answer is `.notYet`. No
  ///     other consumer takes one meanwhile.
  /// - Throws: The error that finished the queue, where that is one, instead of the end.
  package func dequeue(waiting: Bool, where isWanted: (Element) -> Bool = { _ in true }) throws -> Dequeued {
    var isRefused = false
    var next: Dequeued = monitor.withLock { state in
      if let next = state.next, !isWanted(next) {
        isRefused = true
        return .notYet
      }
      if let element = state.dequeue() { return .element(element) }
      if state.isOver { return .end }
      if waiting { state.idle += 1 }
      return .notYet
    }
    if waiting, !isRefused, case .notYet = next {
      next =
        monitor.wait { state in
          if let next = state.next {
            state.idle -= 1
            return isWanted(next) ? state.dequeue().map(Dequeued.element) : .notYet
          }
          if state.isFinished && state.idle >= state.consumers { state.isOver = true }
          return state.isOver ? .end : nil
        } ?? .end
    }
    if case .end = next, let failure { throw failure }
    return next
  }

  /// Ends a consumer's work, and gives the elements that it could not finish to the others.
  ///
  /// - Parameter areInIncreasingOrder: The order in which the elements that were given back come.
  /// - Returns: How many consumers are left.
  @discardableResult
  package func leave(
    returning elements: [Element] = [], by areInIncreasingOrder: (Element, Element) -> Bool = { _, _ in false }
  ) -> Int {
    monitor.withLock { state in
      state.consumers -= 1
      if !state.isOver { state.returned = (state.returned + elements).sorted(by: areInIncreasingOrder) }
      return state.consumers
    }
  }

  /// Whether elements that were given back wait for another consumer.
  package var hasReturned: Bool { monitor.read { !$0.returned.isEmpty } }

  private func enqueue(_ element: Element, _ weight: Int, _ state: inout State) -> Enqueued {
    if state.isFinished { return .closed }
    let isFull = state.elements.count >= capacity || state.weight >= weightLimit
    if isFull && !state.elements.isEmpty { return .full }
    state.elements.append((element, weight))
    state.weight += weight
    return .added
  }
}

extension BoundedQueue.State {
  /// The element that comes next.
  fileprivate var next: Element? { returned.first ?? elements.first?.element }

  fileprivate mutating func dequeue() -> Element? {
    if !returned.isEmpty { return returned.removeFirst() }
    guard !elements.isEmpty else { return nil }
    let (element, weight) = elements.removeFirst()
    self.weight -= weight
    return element
  }
}
