import OpenCL
import TestSupport
import Testing

@Suite(.requiresDevice)
struct KernelTests {
  /// One argument of each kind: y = a * x + b, plus the values of the other kinds.
  static let source = """
    kernel void every_kind(
        global const float *x, global float *y, global ulong *sums, local float *shared,
        int count, uint first, ulong large, float scale)
    {
      uint i = get_global_id(0), l = get_local_id(0);
      shared[l] = x[i];
      barrier(CLK_LOCAL_MEM_FENCE);
      uint other = get_local_size(0) - 1 - l;
      if ((int)i < count && i >= first) y[i] = scale * shared[other];
      if (i == 0) sums[0] += large;
    }
    """

  @Test(arguments: Devices.all)
  func bindsEveryKindOfArgument(device: Device) throws {
    let bench = try QueueHarness(device)
    let x = try bench.buffer((0..<8).map(Float.init))
    let y = try bench.buffer([Float](repeating: -1, count: 8))
    let sums = try bench.buffer([UInt64(1)])
    let kernel = try bench.kernel("every_kind", in: Self.source)
    #expect(kernel.argumentCount == 8)

    try kernel.bind(
      Input(x), Output(y), InputOutput(sums), Local<Float>(count: 4), Int32(7), UInt32(1), UInt64(1) << 40, Float(0.5))
    try bench.queue.enqueue(kernel, global: 8, local: 4)
    #expect(try bench.queue.read(y) == [-1, 1, 0.5, 0, 3.5, 3, 2.5, -1])
    #expect(try bench.queue.read(sums) == [1 << 40 + 1])

    // One argument bound anew, the others as they were.
    try kernel.bind(at: 7, Float(2))
    try bench.queue.enqueue(kernel, global: 8, local: 4)
    #expect(try bench.queue.read(y) == [-1, 4, 2, 0, 14, 12, 10, -1])
  }

  @Test(arguments: Devices.all)
  func refusesAWrongNumberOfArguments(device: Device) throws {
    let bench = try QueueHarness(device)
    let y = try bench.buffer([Float](repeating: 0, count: 1))
    let kernel = try bench.kernel("two", in: "kernel void two(global float *y, float a) { y[0] = a; }")
    let few = try failure { try kernel.bind(Output(y)) }
    #expect(few.status == .invalidKernelArguments)
    #expect(few.description.contains("two declares 2 arguments, 1 are given"))
    let many = try failure { try kernel.bind(Output(y), Float(1), Float(2)) }
    #expect(many.description.contains("two declares 2 arguments, 3 are given"))
    for index in [-1, 2, Int.max] {
      let outside = try failure { try kernel.bind(at: index, Float(1)) }
      #expect(outside.status == .invalidArgumentIndex)
    }
    // The driver knows the sizes.
    #expect(throws: OpenCLError.self) { try kernel.bind(Output(y), UInt64(1)) }
    // Nothing was bound as a whole: the right arguments still go through.
    try kernel.bind(Output(y), Float(3))
    try bench.queue.enqueue(kernel, global: 1, local: 1)
    #expect(try bench.queue.read(y) == [3])
  }

  @Test(arguments: Devices.all)
  func keepsItsBuffersAlive(device: Device) throws {
    let bench = try QueueHarness(device)
    let kernel = try bench.kernel("two", in: "kernel void two(global float *y, float a) { y[0] = a; }")
    weak var bound: Buffer<Float>?
    do {
      let buffer = try Buffer<Float>(bench.context, count: 1)
      bound = buffer
      try kernel.bind(Output(buffer), Float(1))
    }
    #expect(bound != nil)
    try bench.queue.enqueue(kernel, global: 1, local: 1)
    try bench.queue.finish()
    try kernel.bind(at: 0, Output(try Buffer<Float>(bench.context, count: 1)))
    #expect(bound == nil)
  }

  @Test(arguments: Devices.all)
  func knowsItsWorkGroups(device: Device) throws {
    let bench = try QueueHarness(device)
    let program = try Program(
      bench.context,
      source: """
        kernel void free(global float *y) { y[0] = 1.0f; }
        kernel __attribute__((reqd_work_group_size(8, 2, 1))) void fixed(global float *y)
        {
          local float shared[64];
          uint l = get_local_id(0);
          shared[l] = y[l];
          barrier(CLK_LOCAL_MEM_FENCE);
          y[l] = shared[7 - l];
        }
        """)
    let free = try program.kernel(named: "free")
    #expect(free.compileWorkGroupSize == nil)
    #expect((1...device.maxWorkGroupSize).contains(free.maxWorkGroupSize))
    #expect(free.preferredWorkGroupSizeMultiple >= 1)
    let fixed = try program.kernel(named: "fixed")
    #expect(fixed.compileWorkGroupSize == NDRange(8, 2))
    #expect(fixed.localMemory <= device.localMemory)
  }
}
