internal import Backend
internal import Checkpoint
internal import System

/// fp32 numbers in the host's memory: allocated, or where they lie in a mapped file.
///
/// A pointer, because BLAS takes pointers. Unchecked Sendable: one operation at a time writes the memory.
package final class HostFloats: @unchecked Sendable {
  /// The first of them; not to be written through where they lie in a file.
  let pointer: UnsafeMutablePointer<Float>
  /// How many.
  let count: Int
  /// The memory of calloc.
  private let memory: UnsafeMutableRawPointer?
  /// Keeps the file mapped.
  private let tensor: TensorView?

  /// Zeros; much of them takes no memory before it is written to.
  ///
  /// - Throws: ``DeviceError`` where there is not so much memory.
  init(count: Int) throws {
    guard let memory = calloc(max(count, 1), MemoryLayout<Float>.stride) else {
      throw DeviceError(description: "The system has no memory for \(count) more numbers.")
    }
    pointer = memory.bindMemory(to: Float.self, capacity: max(count, 1))
    self.memory = memory
    self.count = count
    tensor = nil
  }

  /// A tensor's numbers: in place where they are aligned fp32, else widened.
  init(_ tensor: TensorView) {
    memory = nil
    count = tensor.elementCount
    let inPlace: UnsafePointer<Float>? = tensor.withBytes { bytes in
      guard tensor.scalarType == .float32, let base = bytes.baseAddress,
        UInt(bitPattern: base).isMultiple(of: UInt(MemoryLayout<Float>.alignment))
      else { return nil }
      return base.assumingMemoryBound(to: Float.self)
    }
    if let inPlace {
      pointer = UnsafeMutablePointer(mutating: inPlace)
      self.tensor = tensor
    } else {
      // Memory that nobody else has yet: each chunk is written by one thread.
      nonisolated(unsafe) let memory = UnsafeMutablePointer<Float>.allocate(capacity: max(count, 1))
      Parallel.forEachChunk(of: count, atLeast: 1 << 16) { range in
        tensor.copyFloats(range, to: UnsafeMutableBufferPointer(start: memory + range.lowerBound, count: range.count))
      }
      tensor.file.release(tensor.byteRange)
      pointer = memory
      self.tensor = nil
    }
  }

  deinit {
    if let memory {
      free(memory)
    } else if tensor == nil {
      pointer.deallocate()
    }
  }

  /// Whether every number is finite.
  var isFinite: Bool {
    let (pointer, count) = (pointer, count)
    return !Parallel.chunks(of: count, atLeast: 1 << 18).map { range in
      // All exponent bits set: infinite or not a number.
      UnsafeBufferPointer(start: pointer + range.lowerBound, count: range.count).withMemoryRebound(to: UInt32.self) {
        $0.reduce(false) { $0 || $1 & 0x7F80_0000 == 0x7F80_0000 }
      }
    }.contains(true)
  }
}

/// Activations of a step in the host's memory: (rows, columns).
package struct HostActivations {
  let floats: HostFloats
  let columns: Int

  /// The first element of a row.
  package func row(_ index: Int) -> UnsafeMutablePointer<Float> { floats.pointer + index * columns }
}
