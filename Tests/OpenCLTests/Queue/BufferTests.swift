import OpenCL
import Synchronization
import TestSupport
import Testing

@Suite(.requiresDevice)
struct BufferTests {
  /// Large enough for huge pages, on devices that compute in the host's memory.
  @Test(arguments: Devices.all)
  func largeBuffersOutliveTheirLastReference(device: Device) throws {
    let bench = try QueueHarness(device)
    let count = (5 << 20) / 4 + 3
    let target = try Buffer<Int32>(bench.context, count: count, zeroed: true)
    #expect(try bench.queue.read(target, at: count - 3) == [0, 0, 0])
    do {
      let source = try bench.buffer((0..<Int32(count)).map { $0 })
      try bench.queue.copy(from: source, to: target, count: count)
    }
    #expect(try bench.queue.read(target) == (0..<Int32(count)).map { $0 })
  }

  /// A file's pages, say: they may go once nothing reads them any more, and not before.
  @Test(arguments: Devices.all)
  func lentMemoryIsKeptUntilNothingReadsIt(device: Device) throws {
    let bench = try QueueHarness(device)
    let returned = Mutex(false)
    let count = 100_003
    let target = try Buffer<Int32>(bench.context, count: count, zeroed: true)
    do {
      let owner = Owner(count: count) { returned.withLock { $0 = true } }
      let lent = try Buffer<Int32>(bench.context, lending: UnsafeRawBufferPointer(owner.memory), of: owner)
      #expect(lent.count == count)
      try bench.queue.copy(from: lent, to: target, count: count)
    }
    #expect(try bench.queue.read(target) == (0..<Int32(count)).map { $0 })
    #expect(returned.withLock { $0 })
  }

  private final class Owner: Sendable {
    nonisolated(unsafe) let memory: UnsafeMutableBufferPointer<Int32>
    let onReturn: @Sendable () -> Void

    init(count: Int, onReturn: @escaping @Sendable () -> Void) {
      memory = .allocate(capacity: count)
      _ = memory.initialize(from: 0..<Int32(count))
      self.onReturn = onReturn
    }

    deinit {
      for index in memory.indices { memory[index] = -1 }
      memory.deallocate()
      onReturn()
    }
  }

  @Test(arguments: Devices.all)
  func refusesImpossibleSizes(device: Device) throws {
    let context = try Context(device: device)
    for count in [-1, Int.max, Int.max / 8, device.maxAllocation / 8 + 1] {
      let error = try failure { _ = try Buffer<UInt64>(context, count: count) }
      #expect(error.status == .invalidBufferSize && error.isOutOfMemory)
      #expect(error.description.contains("\(count) elements of 8 bytes"))
    }
    let empty = try Buffer<UInt64>(context, count: 0)
    #expect(empty.count == 0 && empty.byteCount == 0)
    #expect(try CommandQueue(context).read(empty).isEmpty)
  }
}
