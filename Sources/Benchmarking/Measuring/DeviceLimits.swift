internal import CPUBackend
package import GPT2
package import JSON

/// The measured limits of a device, so that rates can be given as shares of them.
package struct DeviceLimits: Hashable, Sendable {
  /// Bytes read and written by a copy.
  package var copyBytesPerSecond: Double
  /// Bytes of a read from end to end.
  package var readBytesPerSecond: Double
  /// fp32 multiply-adds, two operations each.
  package var operationsPerSecond: Double
  /// Seconds to start a kernel and run it on one work-group; nil where nothing is enqueued.
  package var launch: Launch?

  /// The cost of starting a kernel.
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

/// The shortest of some runs, in seconds: others on the machine only make it slower.
func shortestTime(_ body: () throws -> Void) rethrows -> Double {
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
