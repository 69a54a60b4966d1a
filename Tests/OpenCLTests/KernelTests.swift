import OpenCL
import Testing

@Suite(.requiresDevice)
struct KernelTests {
  /// One argument of each kind: y = a * x + b, plus what the other kinds carry.
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
    let bench = try Bench(device)
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
}
