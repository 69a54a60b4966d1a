package import OpenCL

/// Rows of activations, on the device.
package struct DeviceActivations {
  /// How the rows are stored.
  enum Storage {
    /// (rows, stride) fp32.
    case floats(Buffer<Float>)
    /// Rounded to the input type of products with bf16, int8 or int4 weights, `stride` words a row.
    case quantized(Buffer<UInt32>, stride: Int)
  }

  let storage: Storage
  /// How many columns count.
  package let columns: Int

  init(_ storage: Storage, columns: Int) {
    self.storage = storage
    self.columns = columns
  }

  /// Room for rows in fp32.
  static func floats(_ context: Context, rows: Int, columns: Int) throws -> DeviceActivations {
    let buffer = try Buffer<Float>(context, count: (rows + spareRows) * stride(columns), zeroed: true)
    return DeviceActivations(.floats(buffer), columns: columns)
  }

  /// Elements of the buffer from one row to the next.
  package var stride: Int {
    switch storage {
    case .floats: Self.stride(columns)
    case .quantized(_, let stride): stride
    }
  }

  /// In fp32: the columns rounded up to whole panels, and a vector, because rows of a power of two would share the lines
  /// of one set of a cache.
  static func stride(_ columns: Int) -> Int { roundUp(columns, to: PackedLayout.panelWidth) + 16 }

  /// Spare rows behind the last: the tallest tile of a product may compute them, though they are not used.
  static let spareRows = 12

  /// Whether the rows are quantized.
  package var isQuantized: Bool {
    if case .quantized = storage { true } else { false }
  }

  /// The rows in fp32.
  ///
  /// - Throws: ``ActivationStorageError`` where they are quantized.
  package var floats: Buffer<Float> {
    get throws {
      guard case .floats(let buffer) = storage else { throw ActivationStorageError(isQuantized: true) }
      return buffer
    }
  }

  /// The quantized rows.
  ///
  /// - Throws: ``ActivationStorageError`` where they are fp32.
  package var quantized: Buffer<UInt32> {
    get throws {
      guard case .quantized(let buffer, _) = storage else { throw ActivationStorageError(isQuantized: false) }
      return buffer
    }
  }
}

/// The rows that a kernel writes in fp32 or quantized, as its build options say: one parameter for each, both bound to
/// the one buffer.
struct OutputRows<Element: BitwiseCopyable>: KernelArgument {
  let rows: DeviceActivations

  static var signature: KernelArgumentSignature { Output<Element>.signature }

  func bind(to kernel: Kernel, at index: Int) throws(OpenCLError) {
    switch rows.storage {
    case .floats(let buffer): try Output(buffer).bind(to: kernel, at: index)
    case .quantized(let buffer, _): try Output(buffer).bind(to: kernel, at: index)
    }
  }
}

/// A kernel was given activations in a form that it does not take.
struct ActivationStorageError: Error, CustomStringConvertible {
  let isQuantized: Bool

  var description: String {
    isQuantized ? "Activations are quantized where fp32 is needed." : "Activations are fp32 where quantized are needed."
  }
}
