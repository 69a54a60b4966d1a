internal import Backend
package import Checkpoint
internal import OpenCL

/// Tries a unit on a device: compiles the linear kernel with it, runs it, compares with the host's numbers, and sees
/// that it is faster than the unit it would replace.
package struct DotUnitProbe {
  let unit: DotUnit
  let family: KernelFamily
  /// The activation of the kernel that is tried, which the model's products then need not compile again.
  var activation = Activation.geluTanh

  private static let inputSize = 2 * PackedLayout.group

  /// Why the unit is not to be used on the launcher's device; nil where it works and pays.
  package func obstacle(_ launcher: KernelLauncher) -> String? { failure(launcher) ?? slowness(launcher) }

  /// Without the measured number, so that a device is described alike at every start.
  private func slowness(_ launcher: KernelLauncher) -> String? {
    do {
      guard let time = try DotUnitRate.relativeTime(of: unit, launcher), time >= 1 else { return nil }
      return "it works, but multiply-adds in fp32 are faster"
    } catch {
      return "its speed cannot be measured: \(error)"
    }
  }

  /// The unit's fault on the launcher's device; nil where it works.
  func failure(_ launcher: KernelLauncher) -> String? {
    guard let precision = unit.precision else { return nil }
    if let obstacle = unit.obstacle(on: launcher.queue.context.device) { return obstacle }
    do {
      let (found, expected) = try product(PackedLayout(precision, family, unit), launcher)
      guard found == expected else {
        let index = found.indices.first { found[$0] != expected[$0] } ?? 0
        return "it gives wrong numbers: \(found[index]) where \(expected[index]) is right"
      }
      return nil
    } catch let error as OpenCLError where error.buildLog != nil {
      return "its kernel does not compile"
    } catch {
      return "it fails: \(error)"
    }
  }

  /// One row times one panel of whole numbers, which every unit sums up exactly: as the device sees it, and the host.
  private func product(_ layout: PackedLayout, _ launcher: KernelLauncher) throws -> ([Float], [Float]) {
    let (k, n) = (Self.inputSize, PackedLayout.panelWidth)
    func weight(_ i: Int, _ j: Int) -> Int { (7 * i + 13 * j) % 255 - 127 }
    func input(_ i: Int) -> Int { (11 * i) % 255 - 127 }
    let expected = (0..<n).map { j in Float((0..<k).reduce(0) { $0 + weight($1, j) * input($1) }) }

    let (weights, row): ([UInt32], [UInt32]) =
      if layout.precision == .int8 { bytes(k, n, weight, input) } else { pairs(k, n, weight, input) }
    let context = launcher.queue.context
    let (w, x) = (
      try Buffer<UInt32>(context, count: weights.count), try Buffer<UInt32>(context, count: row.count)
    )
    let bias = try Buffer<Float>(context, count: n, zeroed: true)
    let y = try DeviceActivations.floats(context, rows: 1, columns: n)
    try launcher.queue.enqueueWrite(weights, to: w)
    try launcher.queue.enqueueWrite(row, to: x)
    let product = ProbeProduct(
      layout: layout, unit: unit, activation: activation, row: x, weights: w, bias: bias, inputSize: k,
      outputSize: n, y: y)
    try family.kernels.multiply(product, launcher)
    return (try launcher.queue.read(y.floats, count: n), expected)
  }

  /// Weights (K/2, N) and activations (K/2) in bf16, which holds whole numbers of eight bits.
  private func pairs(
    _ k: Int, _ n: Int, _ weight: (Int, Int) -> Int, _ input: (Int) -> Int
  ) -> ([UInt32], [UInt32]) {
    func pair(_ low: Int, _ high: Int) -> UInt32 {
      Float(low).bitPattern >> 16 | Float(high).bitPattern & 0xFFFF_0000
    }
    let rows = stride(from: 0, to: k, by: 2)
    return (
      rows.flatMap { i in (0..<n).map { pair(weight(i, $0), weight(i + 1, $0)) } },
      rows.map { pair(input($0), input($0 + 1)) }
    )
  }

  /// Groups of weights (32 scales of one, then quads (GROUP/4, N)), and a row of quads behind scales and offsets.
  private func bytes(
    _ k: Int, _ n: Int, _ weight: (Int, Int) -> Int, _ input: (Int) -> Int
  ) -> ([UInt32], [UInt32]) {
    func quad(_ value: (Int) -> Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(UInt8(truncatingIfNeeded: value($1))) << (8 * UInt32($1)) }
    }
    let one = Float(1).bitPattern
    let groups = stride(from: 0, to: k, by: PackedLayout.group).map { $0..<$0 + PackedLayout.group }
    let weights = groups.flatMap { group in
      Array(repeating: one, count: n)
        + stride(from: group.lowerBound, to: group.upperBound, by: 4).flatMap { i in
          (0..<n).map { j in quad { weight(i + $0, j) + 128 } }
        }
    }
    let heads = groups.flatMap { group in
      [one, UInt32(bitPattern: Int32(-128 * group.reduce(0) { $0 + input($1) }))]
    }
    return (weights, heads + stride(from: 0, to: k, by: 4).map { i in quad { input(i + $0) } })
  }

  package init(unit: DotUnit, family: KernelFamily, activation: Activation = .geluTanh) {
    self.unit = unit
    self.family = family
    self.activation = activation
  }
}
