package import Checkpoint

extension TensorView {
  /// A tensor in memory of its own, in any of the types that checkpoints keep weights in.
  ///
  /// Numbers become the nearest of the type; bf16 is cut off, for tests use numbers that it has.
  package init(_ name: String, _ values: some Collection<Double>, shape: [Int], as type: ScalarType = .float32) {
    let file = FileData(name: "test.safetensors", count: values.count * type.byteCount) { bytes in
      for (value, offset) in zip(values, stride(from: 0, to: bytes.count, by: type.byteCount)) {
        switch type {
        case .float16: bytes.storeBytes(of: Float16(value), toByteOffset: offset, as: Float16.self)
        case .bfloat16:
          bytes.storeBytes(
            of: UInt16(Float(value).bitPattern >> 16), toByteOffset: offset, as: UInt16.self)
        case .float64: bytes.storeBytes(of: value, toByteOffset: offset, as: Double.self)
        default: bytes.storeBytes(of: Float(value), toByteOffset: offset, as: Float.self)
        }
      }
    }
    self.init(name: name, scalarType: type, shape: shape, file: file, bytes: 0..<file.count)
  }

  /// An fp32 tensor in memory of its own.
  package init(_ name: String, _ values: [Float], shape: [Int]) {
    let file = FileData(name: "test.safetensors", count: values.count * MemoryLayout<Float>.size) { bytes in
      values.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
    self.init(name: name, scalarType: .float32, shape: shape, file: file, bytes: 0..<file.count)
  }

  /// A matrix in memory of its own.
  package init(_ name: String, rows: [[Double]], as type: ScalarType = .float32) {
    self.init(name, rows.flatMap(\.self), shape: [rows.count, rows.first?.count ?? 0], as: type)
  }
}
