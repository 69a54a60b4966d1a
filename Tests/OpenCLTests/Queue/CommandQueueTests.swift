import OpenCL
import TestSupport
import Testing

@Suite(.requiresDevice)
struct CommandQueueTests {
  /// Long enough for a dropped read to be still on its way.
  static let source = """
    kernel void slow(global float *y, int rounds)
    {
      float x = 1.0f;
      for (int i = 0; i < rounds; i++) x = 0.5f * x + 1.0f;
      y[get_global_id(0)] += x;
    }
    """

  @Test(arguments: Devices.all)
  func commandsRunInOrder(device: Device) throws {
    let bench = try QueueHarness(device)
    let y = try bench.buffer([Float](repeating: 0, count: 4))
    let kernel = try bench.kernel("slow", in: Self.source)
    try kernel.bind(InputOutput(y), Int32(100_000))
    try bench.queue.enqueue(kernel, global: 4, local: 1)
    let first = try bench.queue.enqueueRead(y, at: 1, count: 2)
    try bench.queue.enqueueWrite([10, 20, 30, 40], to: y)
    try bench.queue.enqueue(kernel, global: 4, local: 1)
    let second = try bench.queue.enqueueRead(y)
    // In any order, and as often as wanted.
    #expect(try second.wait() == [12, 22, 32, 42])
    #expect(try first.wait() == [2, 2])
    #expect(try first.wait() == [2, 2])
    #expect(try bench.queue.enqueueRead(y, at: 4).wait().isEmpty)
  }

  @Test(arguments: Devices.all)
  func aDroppedReadHarmsNothing(device: Device) throws {
    let bench = try QueueHarness(device)
    let y = try bench.buffer([Float](repeating: 0, count: 1 << 12))
    let kernel = try bench.kernel("slow", in: Self.source)
    try kernel.bind(InputOutput(y), Int32(100))
    for _ in 0..<3 {
      try bench.queue.enqueue(kernel, global: NDRange(1 << 12), local: 64)
      _ = try bench.queue.enqueueRead(y)
    }
    #expect(try bench.queue.read(y, count: 2) == [6, 6])
  }

  @Test(arguments: Devices.all)
  func hostMemoryLivesUntilItIsWritten(device: Device) throws {
    let context = try Context(device: device)
    let counts = try Buffer<Int32>(context, count: 1000)
    do {
      let queue = try CommandQueue(context)
      for i in 0..<1000 { try queue.enqueueWrite([Int32(i)], to: counts, at: i) }
      // The queue goes while its last writes may be on their way.
    }
    #expect(try CommandQueue(context).read(counts) == [Int32](0..<1000))
  }

  @Test(arguments: Devices.all)
  func eventsKnowWhenTheirCommandRan(device: Device) throws {
    let bench = try QueueHarness(device, profiling: true)
    let y = try bench.buffer([Float](repeating: 0, count: 64))
    let kernel = try bench.kernel("slow", in: Self.source)
    try kernel.bind(InputOutput(y), Int32(10_000))
    let event = try bench.queue.enqueueTimed(kernel, global: 64, local: 16)
    try event.wait()
    #expect(try event.status() == .complete)
    let times = try event.times()
    #expect(times.queued <= times.submitted && times.submitted <= times.started && times.started < times.ended)
  }

  @Test(arguments: Devices.all)
  func refusesGridsThatGroupsDoNotDivide(device: Device) throws {
    let bench = try QueueHarness(device)
    let y = try bench.buffer([Float](repeating: 0, count: 64))
    let kernel = try bench.kernel("slow", in: Self.source)
    try kernel.bind(InputOutput(y), Int32(1))
    for (global, local) in [(NDRange(10), NDRange(4)), (0, 1), (4, 0), (NDRange(4, 3), NDRange(4, 2)), (-4, -4)] {
      let error = try failure { try bench.queue.enqueue(kernel, global: global, local: local) }
      #expect(error.status == .invalidWorkGroupSize)
      #expect(error.description.contains("slow over \(global)"))
      #expect(throws: OpenCLError.self) { try bench.queue.enqueueTimed(kernel, global: global, local: local) }
    }
    #expect(try bench.queue.read(y, count: 1) == [0])
  }
}
