import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import Engine

@Suite struct BoundedQueueTests {
  private func element(_ dequeued: BoundedQueue<Int>.Dequeued) -> Int? {
    if case .element(let element) = dequeued { element } else { nil }
  }

  private func isEnd(_ dequeued: BoundedQueue<Int>.Dequeued) -> Bool {
    if case .end = dequeued { true } else { false }
  }

  @Test func elementsComeInOrderAndFewWait() throws {
    let queue = BoundedQueue<Int>(capacity: 4)
    let added = Atomic(0)
    let isDone = DispatchSemaphore(value: 0)
    DispatchQueue(label: "producer").async {
      for number in 0..<1000 where queue.enqueue(number) { added.add(1, ordering: .relaxed) }
      queue.finish()
      isDone.signal()
    }
    for number in 0..<1000 {
      #expect(try element(queue.dequeue(waiting: true)) == number)
      #expect(added.load(ordering: .relaxed) <= number + 1 + 4)
    }
    isDone.wait()
    for waiting in [true, false, true] { #expect(try isEnd(queue.dequeue(waiting: waiting)), "the end must stay") }
  }

  @Test func whoDoesNotWaitIsAnsweredAtOnce() throws {
    let queue = BoundedQueue<Int>(capacity: 2, weightLimit: 10)
    #expect(try element(queue.dequeue(waiting: false)) == nil)
    #expect(queue.enqueueIfRoom(0, weight: 30) == .added)  // alone, it may weigh more
    #expect(queue.enqueueIfRoom(1) == .full)
    #expect(try element(queue.dequeue(waiting: false)) == 0)
    #expect(queue.enqueueIfRoom(2) == .added && queue.enqueueIfRoom(3) == .added && queue.enqueueIfRoom(4) == .full)
    #expect(queue.remove { $0 == 2 } == [2] && queue.count == 1)
    #expect(try element(queue.dequeue(waiting: false)) == 3)
    #expect(try element(queue.dequeue(waiting: false)) == nil)
  }

  @Test func closingWakesBothSides() throws {
    let queue = BoundedQueue<Int>(capacity: 1)
    let isDone = DispatchSemaphore(value: 0)
    DispatchQueue(label: "producer").async {
      while queue.enqueue(0) {}
      isDone.signal()
    }
    _ = try queue.dequeue(waiting: true)
    queue.close()
    isDone.wait()
    #expect(try isEnd(queue.dequeue(waiting: true)) && !queue.enqueue(1))
  }

  struct Broken: Error {}

  @Test func anErrorComesInsteadOfTheEnd() throws {
    let queue = BoundedQueue<Int>(capacity: 4)
    #expect(queue.enqueue(7))
    queue.finish(throwing: Broken())
    #expect(queue.enqueueIfRoom(8) == .closed)
    #expect(try element(queue.dequeue(waiting: true)) == 7)
    #expect(throws: Broken.self) { try queue.dequeue(waiting: true) }
  }

  /// What one consumer does not want stays where it is, before all that follows.
  @Test(arguments: [false, true])
  func whatIsNotWantedStays(waiting: Bool) throws {
    let queue = BoundedQueue<Int>(capacity: 4, consumers: 2)
    for number in 0..<3 { #expect(queue.enqueue(number)) }
    let refused = try queue.dequeue(waiting: waiting) { $0 > 0 }
    #expect(element(refused) == nil && !isEnd(refused) && queue.count == 3)
    queue.finish()
    queue.leave()
    for number in 0..<3 { #expect(try element(queue.dequeue(waiting: true) { $0 == number }) == number) }
    #expect(try isEnd(queue.dequeue(waiting: true) { _ in false }))
  }

  /// Also where the consumer has waited for it.
  @Test func whatComesLaterIsNotTakenEither() throws {
    let queue = BoundedQueue<Int>(capacity: 4)
    DispatchQueue(label: "producer").async { _ = queue.enqueue(7) }
    let refused = try queue.dequeue(waiting: true) { _ in false }
    #expect(element(refused) == nil && !isEnd(refused) && queue.count == 1)
    queue.finish()
    #expect(try element(queue.dequeue(waiting: true)) == 7)
    #expect(try isEnd(queue.dequeue(waiting: true)))
  }

  /// Whoever waits at the end does the work of those that fail: nothing is lost, and all come to the end.
  @Test(arguments: 0..<20)
  func elementsThatAreGivenBackAreTaken(_ seed: Int) throws {
    let queue = BoundedQueue<Int>(capacity: 8, consumers: 4)
    let done = Mutex<[Int]>([])
    DispatchQueue(label: "producer").async {
      for number in 0..<100 { _ = queue.enqueue(number) }
      queue.finish()
    }
    let consumers = DispatchGroup()
    for consumer in 0..<4 {
      DispatchQueue(label: "consumer \(consumer)").async(group: consumers) {
        var generator = TestGenerator(state: UInt64(4 * seed + consumer))
        while let next = try? queue.dequeue(waiting: true), case .element(let number) = next {
          // The first never fails.
          if consumer > 0, generator.next() % 8 == 0 {
            queue.leave(returning: [number], by: <)
            return
          }
          done.withLock { $0.append(number) }
        }
        queue.leave()
      }
    }
    consumers.wait()
    #expect(done.withLock { $0.sorted() } == Array(0..<100))
  }
}
