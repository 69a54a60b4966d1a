internal import Dispatch

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
    let (a, transposed) = (down.floats, up.floats)
    let (rank, inputs, outputs, scaling) = (rank, inputs, outputs, scaling)
    // (rank, out), so that the innermost loop runs over neighbours.
    let b = [Float](unsafeUninitializedCapacity: transposed.count) { b, count in
      for o in 0..<outputs { for k in 0..<rank { b[k * outputs + o] = transposed[o * rank + k] } }
      count = transposed.count
    }
    // The call returns when all rows are done.
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: inputs) { row in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: outputs) { sums in
          sums.initialize(repeating: 0)
          b.withUnsafeBufferPointer { b in
            for k in 0..<rank {
              let x = a[k * inputs + row]
              for o in 0..<outputs { sums[o] += b[k * outputs + o] * x }
            }
          }
          for o in 0..<outputs { sums[o] *= scaling }
          body(row, UnsafeBufferPointer(sums))
        }
      }
    }
  }
}

extension TensorView {
  /// The numbers as fp32, for small tensors.
  fileprivate var floats: [Float] {
    withBytes { bytes in
      (0..<elementCount).map { index in
        switch scalarType {
        case .float16: Float(bytes.loadUnaligned(fromByteOffset: 2 * index, as: Float16.self))
        case .bfloat16:
          Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)) << 16)
        case .float64: Float(bytes.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
        default: bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
        }
      }
    }
  }

  /// These weights (in, out) and an update: a copy of the same type, as PEFT's merge makes it (`weight += delta`).
  func adding(_ update: LowRankProduct, of source: String) -> TensorView {
    let columns = shape[1]
    let sum = FileData(name: "\(file.name) with \(source)", count: byteCount) { destination in
      withBytes { weights in
        // Every row is written by one thread.
        nonisolated(unsafe) let (weights, destination) = (weights, destination)
        update.forEachRow { row, update in
          let first = row * columns
          switch scalarType {
          case .float16:
            for column in 0..<columns {
              let offset = 2 * (first + column)
              let weight = Float(weights.loadUnaligned(fromByteOffset: offset, as: Float16.self))
              destination.storeBytes(of: Float16(weight + update[column]), toByteOffset: offset, as: Float16.self)
            }
          case .bfloat16:
            for column in 0..<columns {
              let offset = 2 * (first + column)
              let bits = UInt32(weights.loadUnaligned(fromByteOffset: offset, as: UInt16.self)) << 16
              let sum = (Float(bitPattern: bits) + update[column]).bfloat16Bits
              destination.storeBytes(of: sum, toByteOffset: offset, as: UInt16.self)
            }
          case .float64:
            for column in 0..<columns {
              let offset = 8 * (first + column)
              let weight = weights.loadUnaligned(fromByteOffset: offset, as: Double.self)
              destination.storeBytes(of: weight + Double(update[column]), toByteOffset: offset, as: Double.self)
            }
          default:
            for column in 0..<columns {
              let offset = 4 * (first + column)
              let weight = weights.loadUnaligned(fromByteOffset: offset, as: Float.self)
              destination.storeBytes(of: weight + update[column], toByteOffset: offset, as: Float.self)
            }
          }
        }
      }
    }
    return TensorView(name: name, scalarType: scalarType, shape: shape, file: sum, bytes: 0..<byteCount)
  }
}

extension Float {
  /// The nearest bf16, ties to even.
  fileprivate var bfloat16Bits: UInt16 {
    if isNaN { return UInt16(truncatingIfNeeded: bitPattern >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bitPattern &+ 0x7FFF &+ (bitPattern >> 16 & 1)) >> 16)
  }
}
