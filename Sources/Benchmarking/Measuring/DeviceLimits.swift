package import GPT2
package import JSON
import Kernels
import OpenCL

/// What a device was measured to reach, so that every rate can say how far from that it is.
package struct DeviceLimits: Hashable, Sendable {
  /// Bytes read and written by a copy.
  package var copyBytesPerSecond: Double
  /// Bytes of a read from end to end.
  package var readBytesPerSecond: Double
  /// fp32 multiply-adds, two operations each.
  package var operationsPerSecond: Double
  /// Seconds to start a kernel and run it on one work-group; nil where nothing is enqueued.
  package var launch: Launch?

  /// What starting a kernel costs.
  package struct Launch: Hashable, Sendable {
    /// Seconds a launch, of many that are enqueued ahead.
    package var ahead: Double
    /// Seconds a launch that is waited for.
    package var waiting: Double
  }

  package var json: JSON {
    [
      "copy_bytes_per_s": .number(copyBytesPerSecond), "read_bytes_per_s": .number(readBytesPerSecond),
      "fma_flop_per_s": .number(operationsPerSecond),
      "launch_s": JSON(launch?.ahead), "launch_and_wait_s": JSON(launch?.waiting),
    ]
  }

  /// Measures a device.
  package static func measure(_ device: ComputeDevice) throws -> DeviceLimits {
    guard let device = device.device else { return try measureHost() }
    return try OpenCLLimits(device).measure()
  }

  /// OpenBLAS: a matrix far larger than the caches times a vector, and a product of matrices.
  private static func measureHost() throws -> DeviceLimits {
    let stream = try HostProduct(m: 1, n: 16384, k: 4096)
    let square = try HostProduct(m: 1024, n: 1024, k: 1024)
    var copied = 0
    let copy = shortestTime { copied = stream.copy() }
    let read = shortestTime { stream.run() }
    let product = shortestTime { square.run() }
    return DeviceLimits(
      copyBytesPerSecond: Double(copied) / copy, readBytesPerSecond: Double(4 * stream.n * stream.k) / read,
      operationsPerSecond: 2 * Double(square.m * square.n * square.k) / product)
  }
}

/// The kernels of limits.cl on one device.
private struct OpenCLLimits {
  private let device: Device
  private let queue: CommandQueue
  private let program: Program
  /// Numbers of a vector.
  private let width: Int
  private let global: NDRange
  private let local: NDRange
  private let items: Int

  /// As in limits.cl.
  private static let (unroll, chains) = (4, 16)

  init(_ device: Device) throws {
    self.device = device
    let isProcessor = device.type.contains(.cpu)
    width = isProcessor ? 16 : 4
    let group = isProcessor ? 1 : min(256, device.maxWorkGroupSize)
    items = device.computeUnits * (isProcessor ? 4 : 8 * group)
    (global, local) = (NDRange(items), NDRange(group))
    let context = try Context(device: device)
    queue = try CommandQueue(context)
    program = try Program(
      context, source: KernelSource.limits.text,
      options: "-cl-std=CL1.2 -D WIDTH=\(width) -D CHUNKED=\(isProcessor ? 1 : 0) -D CHAINS=\(Self.chains)")
  }

  func measure() throws -> DeviceLimits {
    // Far larger than any cache, and small beside the memory.
    let most = min(device.type.contains(.cpu) ? 256 << 20 : 1 << 30, device.maxAllocation / 2, device.globalMemory / 8)
    let round = width * Self.unroll * items
    let count = max(round, most / MemoryLayout<Float>.stride / round * round)
    let x = try Buffer<Float>(queue.context, count: count, zeroed: true)
    let y = try Buffer<Float>(queue.context, count: count, zeroed: true)
    let bytes = Double(count * MemoryLayout<Float>.stride)

    let copy = try program.kernel(named: "copy_numbers")
    try copy.bind(Input(x), Output(y), Int32(count))
    let read = try program.kernel(named: "read_numbers")
    try read.bind(Input(x), Output(y), Int32(count))
    return DeviceLimits(
      copyBytesPerSecond: 2 * bytes / (try shortestTime { try run(copy) }),
      readBytesPerSecond: bytes / (try shortestTime { try run(read) }),
      operationsPerSecond: try multiplyAdds(into: y), launch: try launches(into: y))
  }

  private func multiplyAdds(into y: Buffer<Float>) throws -> Double {
    let kernel = try program.kernel(named: "multiply_add")
    var rounds: Int32 = 1 << 8
    func seconds() throws -> Double {
      try kernel.bind(Output(y), 0.999 as Float, 0.001 as Float, rounds)
      let start = ContinuousClock.now
      try run(kernel)
      return (ContinuousClock.now - start) / .seconds(1)
    }
    _ = try seconds()  // the compiler's part
    while try seconds() < 0.02, rounds < 1 << 28 { rounds *= 2 }
    let shortest = try shortestTime { _ = try seconds() }
    return 2 * Double(width * Self.chains * items) * Double(rounds) / shortest
  }

  /// A thousand launches of one work-group that has next to nothing to do.
  private func launches(into y: Buffer<Float>) throws -> DeviceLimits.Launch {
    let kernel = try program.kernel(named: "multiply_add")
    try kernel.bind(Output(y), 0.999 as Float, 0.001 as Float, 1 as Int32)
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

  private func run(_ kernel: Kernel) throws {
    try queue.enqueue(kernel, global: global, local: local)
    try queue.finish()
  }
}

/// The shortest of some runs, in seconds: others on the machine only make it slower.
private func shortestTime(_ body: () throws -> Void) rethrows -> Double {
  try body()
  var shortest = Duration.seconds(1_000_000)
  let start = ContinuousClock.now
  var runs = 0
  while runs < 3 || runs < 20 && ContinuousClock.now - start < .milliseconds(200) {
    let before = ContinuousClock.now
    try body()
    shortest = min(shortest, ContinuousClock.now - before)
    runs += 1
  }
  return max(shortest / .seconds(1), 1e-9)
}
