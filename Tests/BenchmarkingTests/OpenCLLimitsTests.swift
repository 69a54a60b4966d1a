import OpenCL
import Testing

@testable import Benchmarking

/// The kernels that rates are compared with do all the work that they are timed for.
@Suite struct OpenCLLimitsTests {
  private static let devices = (try? Device.all()) ?? []

  /// In both shapes, whichever a device is measured with.
  @Test(.enabled(if: !devices.isEmpty, "No OpenCL driver offers a device here."), arguments: [true, false])
  func kernelsWriteWhatTheySay(_ isProcessor: Bool) throws {
    for device in Self.devices {
      let limits = try OpenCLLimits(device, isProcessor: isProcessor)
      let count = 3 * limits.round
      // Whole numbers, in no order that a wrong one could hide in; their sums are exact.
      let numbers = (0..<count).map { Float((UInt32(truncatingIfNeeded: $0) &* 2_654_435_761) >> 22) }
      let x = try Buffer<Float>(limits.queue.context, count: count)
      let y = try Buffer<Float>(limits.queue.context, count: count + 1, zeroed: true)
      try limits.queue.write(numbers, to: x)

      try limits.run(limits.copy(x, to: y))
      // Nothing is written behind the end.
      #expect(try limits.queue.read(y, count: count + 1) == numbers + [0], "\(device)")

      try limits.run(limits.read(x, into: y))
      let sums = try limits.queue.read(y, count: limits.items + 1)
      #expect(sums.dropLast().allSatisfy { $0 > 0 } && sums.last == numbers[limits.items], "\(device)")
      #expect(sums.dropLast().reduce(0) { $0 + Int($1) } == numbers.reduce(0) { $0 + Int($1) }, "\(device)")

      let kernel = try limits.multiplyAdd()
      for rounds in [0, 1, 37] {
        try limits.bind(kernel, into: y, rounds: Int32(rounds))
        try limits.run(kernel)
        let found = try limits.queue.read(y, count: limits.items)
        let expected = multiplyAddSums(rounds, limits)
        let wrong = found.indices.first { abs(Double(found[$0]) / expected($0) - 1) > 1e-5 }
        #expect(wrong == nil, "\(device), \(rounds) rounds")
      }
    }
  }

  /// The sum of an item's multiply-adds, which begin with its number and one more a chain.
  private func multiplyAddSums(_ rounds: Int, _ limits: OpenCLLimits) -> (_ item: Int) -> Double {
    let (a, b) = (Double(OpenCLLimits.factor), Double(OpenCLLimits.summand))
    var (scale, offset) = (1.0, 0.0)
    for _ in 0..<rounds { (scale, offset) = (scale * a, offset * a + b) }
    let chains = Double(limits.chains)
    return { item in Double(limits.width) * chains * (scale * (Double(item) + (chains - 1) / 2) + offset) }
  }
}
