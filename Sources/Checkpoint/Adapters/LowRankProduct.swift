internal import Dispatch
internal import System

/// scaling · (B·A)ᵀ, an update of weights (in, out), summed in fp32 in the order of the ranks.
struct LowRankProduct {
  /// A (rank, in)
  let down: TensorView
  /// B (out, rank)
  let up: TensorView
  let scaling: Float

  private var rank: Int { down.shape[0] }
  private var inputs: Int { down.shape[1] }
  private var outputs: Int { up.shape[0] }

  /// Calls `body` with the update's rows, each of `out` numbers, on all cores.
  fileprivate func forEachRow(_ body: (_ row: Int, _ update: UnsafeBufferPointer<Float>) -> Void) {
    let (a, b) = (down.floats(0..<down.elementCount), up.transposedFloats)
    let (rank, inputs, outputs, scaling) = (rank, inputs, outputs, scaling)
    // The call returns when all rows are done.
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: inputs) { row in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: outputs) { sums in
          sums.initialize(repeating: 0)
          b.withUnsafeBufferPointer { b in
            for k in 0..<rank { Self.add(a[k * inputs + row], times: b, at: k * outputs, to: sums) }
          }
          for o in 0..<outputs { sums[o] *= scaling }
          body(row, UnsafeBufferPointer(sums))
        }
      }
    }
  }

  /// y += x · b, in a loop that the compiler makes vectors of.
  @inline(__always)
  private static func add(
    _ x: Float, times b: UnsafeBufferPointer<Float>, at offset: Int, to y: UnsafeMutableBufferPointer<Float>
  ) {
    guard let b = b.baseAddress.map({ $0 + offset }), let sums = y.baseAddress else { return }
    for o in 0..<y.count { sums[o] += b[o] * x }
  }
}

extension TensorView {
  /// The numbers of a matrix with rows and columns exchanged.
  fileprivate var transposedFloats: [Float] {
    let (source, rows, columns) = (floats(0..<elementCount), shape[0], shape[1])
    return [Float](unsafeUninitializedCapacity: source.count) { target, count in
      for row in 0..<rows { for column in 0..<columns { target[column * rows + row] = source[row * columns + column] } }
      count = source.count
    }
  }

  /// These weights (in, out) and an update: a copy of the same type, as PEFT's merge makes it (`weight += delta`).
  func adding(_ update: LowRankProduct, of source: String) -> TensorView {
    let sum = FileData(name: "\(file.name) with \(source)", count: byteCount) { destination in
      withBytes { weights in
        switch scalarType {
        case .float16: Self.add(update, to: weights, into: destination) { ($0.widened + $1).narrowed }
        case .bfloat16:
          Self.add(update, to: weights, into: destination) { (bits: UInt16, update) in
            (Float(bitPattern: UInt32(bits) << 16) + update).bfloat16Bits
          }
        case .float64:
          Self.add(update, to: weights, into: destination) { (weight: Double, update) in weight + Double(update) }
        default: Self.add(update, to: weights, into: destination) { (weight: Float, update) in weight + update }
        }
      }
    }
    return TensorView(name: name, scalarType: scalarType, shape: shape, file: sum, bytes: 0..<byteCount)
  }

  /// Writes the sums of weights, which may be unaligned, and an update.
  @inline(__always)
  private static func add<Weight: BitwiseCopyable>(
    _ update: LowRankProduct, to weights: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer,
    _ sum: (Weight, Float) -> Weight
  ) {
    withoutActuallyEscaping(sum) { sum in
      // Every row is written by one thread.
      nonisolated(unsafe) let (weights, destination, sum) = (weights, destination, sum)
      update.forEachRow { row, update in
        let bytes = row * update.count * MemoryLayout<Weight>.size
        let target = destination.baseAddress.map { $0 + bytes }?.assumingMemoryBound(to: Weight.self)
        guard let source = weights.baseAddress.map({ $0 + bytes }), let target else { return }
        memcpy(target, source, update.count * MemoryLayout<Weight>.size)
        for column in 0..<update.count { target[column] = sum(target[column], update[column]) }
      }
    }
  }
}
