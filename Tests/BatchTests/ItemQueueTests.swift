import Dispatch
import GPT2
import Synchronization
import Testing

@testable import Batch

@Suite struct ItemQueueTests {
  private func entry(_ ordinal: Int) -> ItemQueue.Entry {
    .failed(
      FailedItem(ordinal: ordinal, index: ordinal, id: nil, form: .native, error: ItemError(.invalidItem, "")))
  }

  private func ordinal(_ entry: ItemQueue.Entry?) -> Int? {
    if case .failed(let item)? = entry { item.ordinal } else { nil }
  }

  @Test func entriesComeInOrderAndFewWait() throws {
    let queue = ItemQueue(mostEntries: 4)
    let pushed = Atomic(0)
    let isDone = DispatchSemaphore(value: 0)
    DispatchQueue(label: "producer").async {
      for number in 0..<1000 where queue.push(entry(number)) { pushed.add(1, ordering: .relaxed) }
      _ = queue.push(.end)
      isDone.signal()
    }
    for number in 0..<1000 {
      #expect(ordinal(queue.pop(waiting: true)) == number)
      #expect(pushed.load(ordering: .relaxed) <= number + 1 + 4)
    }
    isDone.wait()
    for waiting in [true, false, true] {
      guard case .end? = queue.pop(waiting: waiting) else {
        Issue.record("the end must stay")
        return
      }
    }
  }

  @Test func whoDoesNotWaitIsAnsweredAtOnce() {
    let queue = ItemQueue()
    #expect(queue.pop(waiting: false) == nil)
    _ = queue.push(entry(0))
    #expect(ordinal(queue.pop(waiting: false)) == 0)
    #expect(queue.pop(waiting: false) == nil)
  }

  @Test func closingWakesBothSides() {
    let queue = ItemQueue(mostEntries: 1)
    let isDone = DispatchSemaphore(value: 0)
    DispatchQueue(label: "producer").async {
      while queue.push(entry(0)) {}
      isDone.signal()
    }
    _ = queue.pop(waiting: true)
    queue.close()
    isDone.wait()
    guard case .end? = queue.pop(waiting: true) else {
      Issue.record("a closed queue has ended")
      return
    }
    #expect(!queue.push(entry(1)))
  }
}
