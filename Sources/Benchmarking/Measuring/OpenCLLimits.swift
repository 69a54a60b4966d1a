import Kernels
import OpenCL

/// The kernels of limits.cl on one device.
struct OpenCLLimits {
  private let device: Device
  let queue: CommandQueue
  private let program: Program
  /// Numbers of a vector.
  let width: Int
  private let global: NDRange
  private let local: NDRange
  /// Work-items of a launch.
  let items: Int

  /// Sums of an item's multiply-adds that do not wait for one another, as many as registers hold.
  let chains: Int
  /// As in limits.cl.
  static let unroll = 4
  /// a and b of the multiply-adds, which neither grow nor vanish.
  static let (factor, summand): (Float, Float) = (0.999, 0.001)

  /// - Parameter isProcessor: Whether the kernels are shaped for a processor's cores; as the device's type says where
  ///   nil.
  init(_ device: Device, isProcessor: Bool? = nil) throws {
    self.device = device
    let isProcessor = isProcessor ?? device.type.contains(.cpu)
    width = isProcessor ? 16 : 4
    // Of 16 registers of 8 numbers, or 32 of 4, the sums fill three quarters.
    chains = isProcessor && device.nativeFloatWidth < 16 ? 6 : 16
    let group = isProcessor ? 1 : min(256, device.maxWorkGroupSize)
    items = device.computeUnits * (isProcessor ? 4 : 8 * group)
    (global, local) = (NDRange(items), NDRange(group))
    let context = try Context(device: device)
    queue = try CommandQueue(context)
    program = try Program(
      context, source: KernelSource.limits.program(),
      options: "-cl-std=CL1.2 -D WIDTH=\(width) -D CHUNKED=\(isProcessor ? 1 : 0) -D CHAINS=\(chains)")
  }

  // MARK: The kernels

  /// Numbers of which a buffer holds a multiple.
  var round: Int { width * Self.unroll * items }

  /// Copies all of `x`.
  func copy(_ x: Buffer<Float>, to y: Buffer<Float>) throws -> Kernel {
    let kernel = try program.kernel(named: "copy_numbers")
    try kernel.bind(Input(x), Output(y), Int32(x.count))
    return kernel
  }

  /// Adds up all of `x`, an item its part.
  func read(_ x: Buffer<Float>, into y: Buffer<Float>) throws -> Kernel {
    let kernel = try program.kernel(named: "read_numbers")
    try kernel.bind(Input(x), Output(y), Int32(x.count))
    return kernel
  }

  /// The sum of an item: the lanes of its chains, after rounds of v = v a + b; to be bound.
  func multiplyAdd() throws -> Kernel { try program.kernel(named: "multiply_add") }

  func bind(_ multiplyAdd: Kernel, into y: Buffer<Float>, rounds: Int32) throws {
    try multiplyAdd.bind(Output(y), Self.factor, Self.summand, rounds)
  }

  /// Runs a kernel to its end.
  func run(_ kernel: Kernel) throws {
    try queue.enqueue(kernel, global: global, local: local)
    try queue.finish()
  }

  /// Runs a kernel for the first time, in which its driver may compile it.
  private func runFirst(_ kernel: Kernel) throws {
    try Compilation.measure(for: device) { try CompilerLock.hold(for: device) { try run(kernel) } }
  }

  // MARK: Measuring

  func measure() throws -> DeviceLimits {
    // Far larger than any cache, and small beside the memory.
    let most = min(device.type.contains(.cpu) ? 256 << 20 : 1 << 30, device.maxAllocation / 2, device.globalMemory / 8)
    let count = max(round, most / MemoryLayout<Float>.stride / round * round)
    let x = try Buffer<Float>(queue.context, count: count, zeroed: true)
    let y = try Buffer<Float>(queue.context, count: count, zeroed: true)
    let bytes = Double(count * MemoryLayout<Float>.stride)

    let (copy, read) = (try copy(x, to: y), try read(x, into: y))
    for kernel in [copy, read] { try runFirst(kernel) }
    return DeviceLimits(
      copyBytesPerSecond: 2 * bytes / (try shortestTime { try run(copy) }),
      readBytesPerSecond: bytes / (try shortestTime { try run(read) }),
      operationsPerSecond: try multiplyAdds(into: y), launch: try launches(into: y))
  }

  private func multiplyAdds(into y: Buffer<Float>) throws -> Double {
    let kernel = try multiplyAdd()
    var rounds: Int32 = 1 << 8
    func seconds() throws -> Double {
      try bind(kernel, into: y, rounds: rounds)
      let start = ContinuousClock.now
      try run(kernel)
      return (ContinuousClock.now - start) / .seconds(1)
    }
    try bind(kernel, into: y, rounds: rounds)
    try runFirst(kernel)
    while try seconds() < 0.02, rounds < 1 << 28 { rounds *= 2 }
    let shortest = try shortestTime { _ = try seconds() }
    return 2 * Double(width * chains * items) * Double(rounds) / shortest
  }

  /// A thousand launches of one work-group that has next to nothing to do.
  private func launches(into y: Buffer<Float>) throws -> DeviceLimits.Launch {
    let kernel = try multiplyAdd()
    try bind(kernel, into: y, rounds: 1)
    let count = 1000
    let ahead = try shortestTime {
      for _ in 0..<count { try queue.enqueue(kernel, global: local, local: local) }
      try queue.finish()
    }
    let waiting = try shortestTime {
      for _ in 0..<count {
        try queue.enqueue(kernel, global: local, local: local)
        try queue.finish()
      }
    }
    return DeviceLimits.Launch(ahead: ahead / Double(count), waiting: waiting / Double(count))
  }
}
