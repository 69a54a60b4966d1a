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
  /// Whether products are tried only where attention is right.
  private var triesAttentionFirst = false

  /// Tensor cores share K among warps, each of which must come to its second part.
  private var inputSize: Int { (unit.usesTensorCores ? 18 : 2) * PackedLayout.group }
  /// The rows of trials: tensor cores have a kernel for up to 8, one for up to 16 and one for many; matrix units have one
  /// for many.
  private var trials: [Int] {
    unit.usesTensorCores
      ? [1, 13, SIMTTensorTile.fewRows.upperBound + 5]
      : unit.usesMatrixUnits ? [1, SIMTTile.fewRows.upperBound + 13] : [1]
  }

  /// The first form of a unit that works and pays, or why the first does not; and why each before it is not used.
  ///
  /// A form that a compiler reads otherwise may reach for memory that is not there, and nothing runs in a context after that:
  /// each has its own. Where attention alone is at fault, the first form whose products are right does without; compilers
  /// of GPUs take seconds, so of the forms behind it attention is tried first.
  package static func firstForm(
    of unit: DotUnit, _ family: KernelFamily, _ launcher: KernelLauncher, activation: Activation = .geluTanh
  ) -> (unit: DotUnit, obstacle: String?, refused: [RefusedForm]) {
    let device = launcher.queue.context.device
    guard unit.formCount > 1, unit.obstacle(on: device) == nil else {
      return (unit, DotUnitProbe(unit: unit, family: family, activation: activation).obstacle(launcher), [])
    }
    var refused: [RefusedForm] = [], alone: DotUnit?
    for form in unit.forms(on: device) {
      do {
        let context = try Context(device: device)
        let own = KernelLauncher(
          queue: try CommandQueue(context), library: KernelLibrary(context, cache: .standard(for: device)))
        var probe = DotUnitProbe(unit: form, family: family, activation: activation)
        probe.triesAttentionFirst = alone != nil
        let obstacle = probe.trial(own)
        if obstacle == nil || obstacle?.isOfAttention == true && alone == nil { own.library.keepPrograms() }
        guard let obstacle else { return (form, nil, refused) }
        if obstacle.isOfAttention { alone = alone ?? form.withoutAttention }
        refused.append(RefusedForm(form, reason: obstacle.reason))
      } catch {
        refused.append(RefusedForm(form, reason: "it fails: \(error)"))
      }
    }
    return alone.map { ($0, nil, refused) } ?? (unit, refused.first?.reason, refused)
  }

  /// Why the unit is not to be used on the launcher's device; nil where it works and pays.
  package func obstacle(_ launcher: KernelLauncher) -> String? { trial(launcher)?.reason }

  /// Something that keeps a unit from being used, and whether its products are right nevertheless.
  private typealias Fault = (reason: String, isOfAttention: Bool)

  private func trial(_ launcher: KernelLauncher) -> Fault? {
    let device = launcher.queue.context.device
    if let obstacle = unit.obstacle(on: device) { return (obstacle, false) }
    do {
      let journal = try ProbeJournal.path(unit, family, device).map { path throws(ProbeLeftOut) in
        try ProbeJournal(path)
      }
      return withExtendedLifetime(journal) { fault(launcher) ?? slowness(launcher).map { ($0, false) } }
    } catch {
      return ("\(error)", false)
    }
  }

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
  func failure(_ launcher: KernelLauncher) -> String? { fault(launcher)?.reason }

  private func fault(_ launcher: KernelLauncher) -> Fault? {
    if unit.precision == nil { return nil }
    if let obstacle = unit.obstacle(on: launcher.queue.context.device) { return (obstacle, false) }
    func products() -> Fault? { reason { try productFault(launcher) }.map { ($0, false) } }
    func attention() -> Fault? {
      unit.attends ? reason { try AttentionProbe(unit: unit).fault(launcher) }.map { ($0, true) } : nil
    }
    return triesAttentionFirst ? attention() ?? products() : products() ?? attention()
  }

  /// What is wrong, or fails.
  private func reason(_ fault: () throws -> String?) -> String? {
    do {
      return try fault()
    } catch let error as OpenCLError where error.buildLog != nil {
      return "its kernel does not compile" + (error.firstComplaint.map { ": \($0)" } ?? "")
    } catch {
      return "it fails: \(error)"
    }
  }

  private func productFault(_ launcher: KernelLauncher) throws -> String? {
    guard let precision = unit.precision else { return nil }
    // The head's kernel is another where its weights are stored otherwise than the layers'.
    let head = precision.ofEmbeddings == precision ? [] : [(precision.ofEmbeddings, unit.ofEmbeddings)]
    let kernels = [(precision, unit)] + head
    for (rows, (precision, unit)) in trials.flatMap({ rows in kernels.map { (rows, $0) } }) {
      let (found, expected) = try product(PackedLayout(precision, family, unit), by: unit, rows: rows, launcher)
      if let index = found.indices.first(where: { found[$0] != expected[$0] }) {
        return "it gives wrong numbers: \(found[index]) where \(expected[index]) is right"
      }
    }
    return nil
  }

  /// Rows times one panel of whole numbers, which every unit sums up exactly: as the device sees it, and the host.
  private func product(
    _ layout: PackedLayout, by dotUnit: DotUnit, rows: Int, _ launcher: KernelLauncher
  ) throws -> ([Float], [Float]) {
    let (k, n) = (inputSize, PackedLayout.panelWidth)
    let isHalf = layout.precision == .fp16
    func weight(_ i: Int, _ j: Int) -> Int {
      switch layout.precision {
      case .fp16: (7 * i + 13 * j) % 15 - 7
      case .int4: nibble(i, j) * multiplier(i / PackedLayout.span, j)
      default: (7 * i + 13 * j) % 255 - 127
      }
    }
    // For fp16 with bits beyond its own; else 127 is in each group, so that int8's scales are whole numbers.
    func input(_ i: Int) -> Int {
      isHalf ? (1031 * i) % 8191 - 4095 : (11 * (i % PackedLayout.group)) % 255 - 127
    }
    // Rows that differ by a power of two are rounded alike.
    func factor(_ row: Int) -> Float { Float(1 << (row % 4)) }
    let sums = (0..<n).map { j in Float((0..<k).reduce(0) { $0 + weight($1, j) * input($1) }) }
    let expected = (0..<rows).flatMap { row in sums.map { factor(row) * $0 } }

    let weights =
      switch layout.precision {
      case .int8: bytes(k, n, weight)
      case .int4: nibbles(k, n)
      case .fp16: halves(k, n, weight)
      default: pairs(k, n, weight)
      }
    let quantized = (0..<rows).flatMap { row in
      layout.hasIntegers
        ? quads(k, input, scale: factor(row), hasSpans: unit.precision == .int4)
        : pairs(k, input, scale: factor(row))
    }
    let context = launcher.queue.context
    func buffer<Element>(_ elements: [Element]) throws -> Buffer<Element> {
      let buffer = try Buffer<Element>(context, count: elements.count)
      try launcher.queue.enqueueWrite(elements, to: buffer)
      return buffer
    }
    let stride = DeviceActivations.stride(k)
    let x = (0..<rows).flatMap { row in (0..<stride).map { $0 < k ? factor(row) * Float(input($0)) : .nan } }
    let y = try DeviceActivations.floats(context, rows: rows, columns: n)
    let product = ProbeProduct(
      layout: layout, unit: dotUnit, activation: activation, rows: rows,
      x: DeviceActivations(.floats(try buffer(x)), columns: k),
      quantized: DeviceActivations(.quantized(try buffer(quantized), stride: quantized.count / rows), columns: k),
      weights: try buffer(weights), bias: try Buffer<Float>(context, count: n, zeroed: true), inputSize: k,
      outputSize: n, y: y)
    try family.kernels.multiply(product, launcher)
    let found = try launcher.queue.read(y.floats, count: rows * y.stride)
    return ((0..<rows).flatMap { found[$0 * y.stride..<$0 * y.stride + n] }, expected)
  }

  /// Weights (K, N) in fp16.
  private func halves(_ k: Int, _ n: Int, _ weight: (Int, Int) -> Int) -> [UInt32] {
    (0..<k).flatMap { i in
      stride(from: 0, to: n, by: 2).map { j in
        UInt32(Float16(weight(i, j)).bitPattern) | UInt32(Float16(weight(i, j + 1)).bitPattern) << 16
      }
    }
  }

  /// Pairs of bf16, which holds whole numbers of eight bits.
  private func pair(_ low: Float, _ high: Float) -> UInt32 { low.bitPattern >> 16 | high.bitPattern & 0xFFFF_0000 }

  /// Weights (K/2, N) in pairs.
  private func pairs(_ k: Int, _ n: Int, _ weight: (Int, Int) -> Int) -> [UInt32] {
    stride(from: 0, to: k, by: 2).flatMap { i in
      (0..<n).map { pair(Float(weight(i, $0)), Float(weight(i + 1, $0))) }
    }
  }

  /// Activations (K/2) in pairs.
  private func pairs(_ k: Int, _ input: (Int) -> Int, scale: Float) -> [UInt32] {
    stride(from: 0, to: k, by: 2).map { pair(scale * Float(input($0)), scale * Float(input($0 + 1))) }
  }

  private func quad(_ value: (Int) -> Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(UInt8(truncatingIfNeeded: value($1))) << (8 * UInt32($1)) }
  }

  /// Groups of weights: 32 scales of one, then quads (GROUP/4, N).
  private func bytes(_ k: Int, _ n: Int, _ weight: (Int, Int) -> Int) -> [UInt32] {
    stride(from: 0, to: k, by: PackedLayout.group).flatMap { group in
      Array(repeating: Float(1).bitPattern, count: n)
        + stride(from: group, to: group + PackedLayout.group, by: 4).flatMap { i in
          (0..<n).map { j in quad { weight(i + $0, j) + 128 } }
        }
    }
  }

  private func nibble(_ i: Int, _ j: Int) -> Int { (7 * i + 13 * j) % 16 - 8 }
  private func multiplier(_ span: Int, _ j: Int) -> Int { (5 * span + 3 * j) % 9 - 4 }

  /// Groups of weights: 32 scales of one, 32 quads of multipliers, then two quads a word (GROUP/8, N).
  private func nibbles(_ k: Int, _ n: Int) -> [UInt32] {
    var words: [UInt32] = []
    for group in stride(from: 0, to: k, by: PackedLayout.group) {
      words += Array(repeating: Float(1).bitPattern, count: n)
      words += (0..<n).map { j in quad { multiplier(group / PackedLayout.span + $0, j) } }
      for i in stride(from: group, to: group + PackedLayout.group, by: 8) {
        words += (0..<n).map { j in quad { nibble(i + $0, j) + 8 } | quad { nibble(i + 4 + $0, j) + 8 } << 4 }
      }
    }
    return words
  }

  /// Activations: the scale and the offset of each group, then quads, and where there are spans their offsets.
  private func quads(_ k: Int, _ input: (Int) -> Int, scale: Float, hasSpans: Bool) -> [UInt32] {
    func sum(_ range: Range<Int>) -> Int { range.reduce(0) { $0 + input($1) } }
    let heads = stride(from: 0, to: k, by: PackedLayout.group).flatMap { group in
      [scale.bitPattern, UInt32(bitPattern: Int32(-128 * sum(group..<group + PackedLayout.group)))]
    }
    let offsets = stride(from: 0, to: hasSpans ? k : 0, by: PackedLayout.span).map { span in
      UInt32(bitPattern: Int32(-8 * sum(span..<span + PackedLayout.span)))
    }
    return heads + stride(from: 0, to: k, by: 4).map { i in quad { input(i + $0) } } + offsets
  }

  package init(unit: DotUnit, family: KernelFamily, activation: Activation = .geluTanh) {
    self.unit = unit
    self.family = family
    self.activation = activation
  }
}
